import { InputError } from "../../../traces/input-error.ts";
import type { Entry, Node, ObjectNode } from "./tree.ts";

/** Longer files are refused: a workload description has no use for them. */
export const MAX_TEXT = 16 * 1024 * 1024;
const MAX_DEPTH = 32;

/**
 * Parses the dialect of JSON that rt-app files are written in (what workgen and json-c take together): comments of C and
 * C++, repeated keys, trailing commas, keys without a value, single quotes, True and False.
 * Time and memory are linear in the text.
 *
 * @throws InputError with file and line.
 */
export function parseRtApp(text: string, file: string): ObjectNode {
  if (text.length > MAX_TEXT) {
    throw new InputError("the file is too long for an rt-app workload", {
      file,
      found: `${text.length} characters`,
      expected: `at most ${MAX_TEXT}`,
    });
  }
  const parser = new Parser(text, file);
  return parser.document();
}

class Parser {
  private readonly text: string;
  private readonly name: string;
  private at = 0;
  private line = 1;
  private depth = 0;

  constructor(text: string, name: string) {
    this.text = text;
    this.name = name;
  }

  document(): ObjectNode {
    if (this.text.charCodeAt(0) === 0xfeff) this.at = 1;
    this.skip();
    const node = this.value();
    if (node.kind !== "object") this.fail("an object { ... }");
    this.skip();
    if (this.at < this.text.length) this.fail("the end of the file");
    return node;
  }

  private value(): Node {
    const { line } = this;
    const c = this.text[this.at];
    if (c === "{" || c === "[") {
      if (++this.depth > MAX_DEPTH) this.fail(`at most ${MAX_DEPTH} levels`);
      const node: Node =
        c === "{"
          ? { kind: "object", line, entries: this.members() }
          : { kind: "array", line, items: this.items() };
      this.depth--;
      return node;
    }
    if (c === '"' || c === "'") return { kind: "string", line, value: this.string() };
    return this.word(line);
  }

  private members(): Entry[] {
    const entries: Entry[] = [];
    this.at++;
    for (;;) {
      this.skip();
      if (this.take("}")) return entries;
      const { line } = this;
      if (this.text[this.at] !== '"' && this.text[this.at] !== "'") this.fail('a key in "quotes" or }');
      const key = this.string();
      this.skip();
      let value: Node = { kind: "none", line };
      if (this.take(":")) {
        this.skip();
        value = this.value();
        this.skip();
      }
      entries.push({ key, line, value });
      if (this.take(",")) continue;
      if (this.take("}")) return entries;
      this.fail(", or }");
    }
  }

  private items(): Node[] {
    const items: Node[] = [];
    this.at++;
    for (;;) {
      this.skip();
      if (this.take("]")) return items;
      items.push(this.value());
      this.skip();
      if (this.take(",")) continue;
      if (this.take("]")) return items;
      this.fail(", or ]");
    }
  }

  private string(): string {
    const quote = this.text[this.at++];
    let value = "";
    for (let from = this.at; ; ) {
      const c = this.text[this.at];
      if (c === undefined || c === "\n") this.fail(`the closing ${quote}`);
      if (c !== quote && c !== "\\") {
        this.at++;
        continue;
      }
      value += this.text.slice(from, this.at++);
      if (c === quote) return value;
      value += this.escape();
      from = this.at;
    }
  }

  private escape(): string {
    const c = this.text[this.at++];
    const simple = ESCAPES.get(c);
    if (simple !== undefined) return simple;
    const hex = this.text.slice(this.at, this.at + 4);
    if (c !== "u" || !/^[0-9a-fA-F]{4}$/.test(hex)) this.fail("an escape of JSON");
    this.at += 4;
    return String.fromCharCode(Number.parseInt(hex, 16));
  }

  private word(line: number): Node {
    const word = /^[-+.\w]+/.exec(this.text.slice(this.at, this.at + 64))?.[0] ?? "";
    const node = wordNode(word, line);
    if (!node) this.fail("a value");
    this.at += word.length;
    return node;
  }

  private skip(): void {
    const { text } = this;
    for (;;) {
      const c = text[this.at];
      if (c === "\n") this.line++;
      if (c === " " || c === "\t" || c === "\n" || c === "\r") this.at++;
      else if (c === "/" && text[this.at + 1] === "/") {
        const end = text.indexOf("\n", this.at);
        this.at = end < 0 ? text.length : end;
      } else if (c === "/" && text[this.at + 1] === "*") {
        const end = text.indexOf("*/", this.at + 2);
        if (end < 0) this.fail("the end */ of this comment");
        for (let i = this.at; i < end; i++) if (text[i] === "\n") this.line++;
        this.at = end + 2;
      } else return;
    }
  }

  private take(c: string): boolean {
    if (this.text[this.at] !== c) return false;
    this.at++;
    return true;
  }

  private fail(expected: string): never {
    const rest = this.text.slice(this.at, this.at + 20).split("\n")[0];
    throw new InputError("not an rt-app file", {
      file: this.name,
      line: this.line,
      found: this.at >= this.text.length ? "the end of the file" : rest,
      expected,
    });
  }
}

const ESCAPES = new Map([
  ['"', '"'],
  ["'", "'"],
  ["\\", "\\"],
  ["/", "/"],
  ["b", "\b"],
  ["f", "\f"],
  ["n", "\n"],
  ["r", "\r"],
  ["t", "\t"],
]);

function wordNode(word: string, line: number): Node | undefined {
  switch (word.toLowerCase()) {
    case "true":
      return { kind: "boolean", line, value: true };
    case "false":
      return { kind: "boolean", line, value: false };
    case "null":
      return { kind: "none", line };
  }
  if (!/^[-+]?\d+(\.\d*)?([eE][-+]?\d+)?$/.test(word)) return undefined;
  return { kind: "number", line, value: Number(word) };
}
