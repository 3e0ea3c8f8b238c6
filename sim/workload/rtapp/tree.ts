import { InputError } from "../../../traces/input-error.ts";

/** A value of an rt-app file, with the line it began on. Objects keep repeated keys, in order. */
export type Node =
  | { kind: "object"; line: number; entries: Entry[] }
  | { kind: "array"; line: number; items: Node[] }
  | { kind: "string"; line: number; value: string }
  | { kind: "number"; line: number; value: number }
  | { kind: "boolean"; line: number; value: boolean }
  /** `null`, or a key without a value (`"suspend",` as workgen allows). */
  | { kind: "none"; line: number };

export type ObjectNode = Extract<Node, { kind: "object" }>;

export interface Entry {
  key: string;
  /** Line of the key. */
  line: number;
  value: Node;
}

/** Reads typed values out of the tree; each complaint names file, line and key. */
export class TreeReader {
  readonly file: string;

  constructor(file: string) {
    this.file = file;
  }

  fail(problem: string, entry: { key?: string; line: number }, expected: string, found?: unknown): never {
    throw new InputError(problem, { file: this.file, line: entry.line, field: entry.key, found, expected });
  }

  object(entry: Entry): ObjectNode {
    if (entry.value.kind !== "object") this.fail("not an object", entry, "{ ... }", show(entry.value));
    return entry.value;
  }

  text(entry: Entry): string {
    if (entry.value.kind !== "string")
      this.fail("not a text", entry, 'a text in "quotes"', show(entry.value));
    return entry.value.value;
  }

  integer(entry: Entry, min: number, max: number, unit = ""): number {
    const v = entry.value;
    if (v.kind !== "number" || !Number.isInteger(v.value) || v.value < min || v.value > max) {
      this.fail("not a possible number", entry, `an integer ${min}..${max}${unit && ` ${unit}`}`, show(v));
    }
    return v.value;
  }

  boolean(entry: Entry): boolean {
    if (entry.value.kind !== "boolean") this.fail("not a flag", entry, "true or false", show(entry.value));
    return entry.value.value;
  }

  integers(entry: Entry, min: number, max: number): number[] {
    if (entry.value.kind !== "array") this.fail("not a list", entry, "[ ... ]", show(entry.value));
    return entry.value.items.map((item) =>
      this.integer({ key: entry.key, line: item.line, value: item }, min, max),
    );
  }

  texts(entry: Entry): string[] {
    if (entry.value.kind !== "array") this.fail("not a list", entry, "[ ... ]", show(entry.value));
    return entry.value.items.map((item) => this.text({ key: entry.key, line: item.line, value: item }));
  }

  /** The last entry of that key, as JSON libraries would keep it. */
  last(node: ObjectNode, key: string): Entry | undefined {
    return node.entries.findLast((e) => e.key === key);
  }
}

export function show(node: Node): string {
  switch (node.kind) {
    case "object":
      return "an object";
    case "array":
      return "a list";
    case "none":
      return "nothing";
    default:
      return String(node.value);
  }
}
