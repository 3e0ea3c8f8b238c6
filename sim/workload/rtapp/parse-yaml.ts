import {
  type Document,
  isAlias,
  isMap,
  isNode,
  isScalar,
  isSeq,
  LineCounter,
  type Pair,
  parseDocument,
} from "yaml";
import { InputError } from "../../../traces/input-error.ts";
import type { Entry, Node, ObjectNode } from "./tree.ts";

/** Longer files are refused: reading them as YAML takes a hundred times their size. */
const MAX_YAML = 2 * 1024 * 1024;
const MAX_DEPTH = 32;
/** More open brackets than that are no nesting meant by people, even where texts hold some. */
const MAX_BRACKETS = 1000;
/** Values of a file, those that aliases repeat counted each time: what stops a file of aliases of aliases. */
const MAX_NODES = 1_000_000;

/** Is the text YAML rather than the JSON of rt-app? That one is an object in braces, perhaps behind comments of C. */
export function looksLikeYaml(text: string, file: string): boolean {
  if (/\.ya?ml$/i.test(file)) return true;
  return /^\uFEFF?(\s*#[^\n]*\n|\s*\n)*\s*(---|%YAML|[\w"'-]+["']?\s*:(\s|$))/.test(text.slice(0, 65_536));
}

/**
 * Parses an rt-app file written in YAML 1.2 to the same tree as its JSON. Repeated keys keep their order, as there;
 * aliases and merge keys (`<<: *base`) are what they stand for.
 *
 * @throws InputError with file and line.
 */
export function parseYaml(text: string, file: string): ObjectNode {
  if (text.length > MAX_YAML) {
    throw new InputError("the file is too long for an rt-app workload in YAML", {
      file,
      found: `${text.length} characters`,
      expected: `at most ${MAX_YAML}`,
    });
  }
  refuseDeep(text, file);
  const lines = new LineCounter();
  let document: Document.Parsed;
  try {
    document = parseDocument(text, {
      uniqueKeys: false,
      lineCounter: lines,
      logLevel: "error",
      prettyErrors: false,
    });
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new InputError("not an rt-app file", { file, expected: `at most ${MAX_DEPTH} levels` });
  }
  const [error] = document.errors;
  if (error !== undefined) {
    throw new InputError("not YAML", {
      file,
      line: lines.linePos(error.pos[0]).line,
      found: error.code === "MULTIPLE_DOCS" ? "a second document" : error.message,
      expected: error.code === "MULTIPLE_DOCS" ? "one document a file" : "an rt-app file",
    });
  }
  return new Converter(document, lines, file).root();
}

/** Brackets within brackets by the thousand would cost the parser seconds and its stack. */
function refuseDeep(text: string, file: string): void {
  let depth = 0;
  let line = 1;
  for (let i = 0; i < text.length; i++) {
    const c = text[i];
    if (c === "\n") line++;
    else if (c === "[" || c === "{") depth++;
    else if (c === "]" || c === "}") depth--;
    if (depth > MAX_BRACKETS)
      throw new InputError("not an rt-app file", { file, line, expected: `at most ${MAX_DEPTH} levels` });
  }
}

class Converter {
  private readonly document: Document.Parsed;
  private readonly lines: LineCounter;
  private readonly file: string;
  private nodes = 0;
  /** The last node of each anchor so far, and what each alias stands for: found when first met, in the order of the text. */
  private readonly anchors = new Map<string, unknown>();
  private readonly targets = new Map<object, unknown>();
  private readonly met = new Set<object>();

  constructor(document: Document.Parsed, lines: LineCounter, file: string) {
    this.document = document;
    this.lines = lines;
    this.file = file;
  }

  root(): ObjectNode {
    const node = this.node(this.document.contents, 1, 0);
    if (node.kind !== "object") this.fail(node.line, "tasks and global as keys", "a text or list");
    return node;
  }

  /** @param line Where it stands, for what has no place of its own. */
  private node(value: unknown, before: number, depth: number): Node {
    const line = this.lineOf(value) ?? before;
    if (depth > MAX_DEPTH) this.fail(line, `at most ${MAX_DEPTH} levels`);
    if (++this.nodes > MAX_NODES) this.fail(line, `at most ${MAX_NODES} values, aliases counted each time`);
    if (isAlias(value)) {
      if (!this.targets.has(value)) this.targets.set(value, this.anchors.get(value.source));
      const target = this.targets.get(value);
      if (target === undefined) this.fail(line, "an alias of an anchor before it", `*${value.source}`);
      return { ...this.node(target, line, depth + 1), line };
    }
    this.meet(value);
    if (isMap(value)) return { kind: "object", line, entries: this.entries(value.items, line, depth + 1) };
    if (isSeq(value))
      return { kind: "array", line, items: value.items.map((item) => this.node(item, line, depth + 1)) };
    if (!isScalar(value)) return { kind: "none", line };
    const { value: scalar } = value;
    switch (typeof scalar) {
      case "number":
        return { kind: "number", line, value: scalar };
      case "boolean":
        return { kind: "boolean", line, value: scalar };
      case "string":
        return { kind: "string", line, value: scalar };
      default:
        if (scalar === null || scalar === undefined) return { kind: "none", line };
        return this.fail(line, "a number, text or flag", String(scalar));
    }
  }

  private meet(value: unknown): void {
    if (!isNode(value) || this.met.has(value)) return;
    this.met.add(value);
    if (value.anchor !== undefined) this.anchors.set(value.anchor, value);
  }

  private entries(pairs: readonly Pair[], before: number, depth: number): Entry[] {
    const entries: Entry[] = [];
    for (const { key, value } of pairs) {
      const line = this.lineOf(key) ?? before;
      if (!isScalar(key)) this.fail(line, "a name as key");
      const name = key.source ?? String(key.value);
      if (name === "<<" && key.type === "PLAIN") this.merge(entries, pairs, value, line, depth);
      else entries.push({ key: name, line, value: this.node(value, line, depth) });
    }
    return entries;
  }

  /** `<<`: the entries of a map, or of several, that the map itself does not have. */
  private merge(into: Entry[], pairs: readonly Pair[], value: unknown, line: number, depth: number): void {
    const own = new Set(pairs.map(({ key }) => (isScalar(key) ? (key.source ?? String(key.value)) : "")));
    const node = this.node(value, line, depth);
    for (const map of node.kind === "array" ? node.items : [node]) {
      if (map.kind !== "object") this.fail(line, "a map behind <<");
      for (const entry of map.entries) if (!own.has(entry.key)) into.push(entry);
      for (const entry of map.entries) own.add(entry.key);
    }
  }

  private lineOf(value: unknown): number | undefined {
    const range = (value as { range?: [number, number, number] | null } | null)?.range;
    return range ? this.lines.linePos(range[0]).line : undefined;
  }

  private fail(line: number, expected: string, found?: unknown): never {
    throw new InputError("not an rt-app file", { file: this.file, line, found, expected });
  }
}
