import { InputError } from "../../../traces/input-error.ts";
import type { Notes } from "../../notes.ts";

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

/** What json-c makes of integers that are larger: rt-app keeps all of them in an int. */
const INT_MAX = 0x7fffffff;

/** Reads typed values out of the tree; each complaint names file, line and key. */
export class TreeReader {
  readonly file: string;
  private readonly notes: Notes;

  constructor(file: string, notes: Notes) {
    this.file = file;
    this.notes = notes;
  }

  /** A remark on what was taken differently from how it is written. */
  note(kind: string, entry: { line: number }, text: string): void {
    this.notes.add(kind, `${this.file}:${entry.line}: ${text}`);
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
    const range = min === -Infinity ? `of at most ${max}` : `${min}..${max}`;
    const wanted = `an integer ${range}${unit && ` ${unit}`}`;
    if (v.kind === "string" && /^\s*[-+]?\d+\s*$/.test(v.value))
      this.fail("a number in quotes, which rt-app refuses", entry, `${wanted}, without quotes`, show(v));
    if (
      v.kind !== "number" ||
      !Number.isInteger(v.value) ||
      v.value < min ||
      Math.min(v.value, INT_MAX) > max
    )
      this.fail("not a possible number", entry, wanted, show(v));
    if (v.value <= INT_MAX) return v.value;
    this.note("large number", entry, `${entry.key} ${v.value} counts as ${INT_MAX}, as in rt-app`);
    return INT_MAX;
  }

  /** An integer that rt-app takes for endless when it is negative: then Infinity. */
  endless(entry: Entry, unit = ""): number {
    const value = this.integer(entry, -Infinity, INT_MAX, unit);
    return value < 0 ? Number.POSITIVE_INFINITY : value;
  }

  boolean(entry: Entry): boolean {
    if (entry.value.kind !== "boolean") this.fail("not a flag", entry, "true or false", show(entry.value));
    return entry.value.value;
  }

  integers(entry: Entry, min: number, max: number): number[] {
    if (entry.value.kind !== "array") this.fail("not a list", entry, "[ ... ]", show(entry.value));
    return entry.value.items.map((value) => {
      const { line } = value;
      // json-c makes numbers of texts here, where rt-app does not ask what they are.
      const number: Node =
        value.kind === "string" && /^\s*\d+\s*$/.test(value.value)
          ? { kind: "number", line, value: Number(value.value) }
          : value;
      return this.integer({ key: entry.key, line, value: number }, min, max);
    });
  }

  texts(entry: Entry): string[] {
    if (entry.value.kind !== "array") this.fail("not a list", entry, "[ ... ]", show(entry.value));
    return entry.value.items.map((item) => this.text({ key: entry.key, line: item.line, value: item }));
  }

  /** The last entry of that key, as JSON libraries would keep it; null is as good as none. */
  last(node: ObjectNode, key: string): Entry | undefined {
    const entry = node.entries.findLast((e) => e.key === key);
    return entry?.value.kind === "none" ? undefined : entry;
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
