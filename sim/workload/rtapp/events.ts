import type { EventDefinition } from "./definition.ts";
import type { Entry, ObjectNode, TreeReader } from "./tree.ts";

/**
 * Keys are events by how they begin (`run`, `run0`, `runLong` are all run), and the first of this list that fits wins:
 * the order of rt-app's own parser.
 */
const PREFIXES = [
  "runtime",
  "run",
  "sleep",
  "memrun",
  "mem",
  "iorun",
  "lock",
  "unlock",
  "signal",
  "broad",
  "wait",
  "sync",
  "barrier",
  "timer",
  "resume",
  "suspend",
  "yield",
  "fork",
  "sem_post",
  "sem_wait",
] as const;
type EventKind = (typeof PREFIXES)[number];

const MAX_BYTES = 2 ** 40;
/** What rt-app's runtime works before it first looks at the clock, ns. */
const RUNTIME_PIECE_NS = 32_000;

/** Keys that are for people. */
export const isRemark = (key: string): boolean => /^(_|comment)/.test(key);

export function eventKind(key: string): EventKind | undefined {
  return PREFIXES.find((prefix) => key.startsWith(prefix));
}

/** Reads one event of task `taskName`. */
export function readEvent(
  reader: TreeReader,
  entry: Entry,
  kind: EventKind,
  taskName: string,
): EventDefinition {
  const { line } = entry;
  const us = (e: Entry) => reader.endless(e, "us") * 1000;
  switch (kind) {
    case "run":
    case "sleep":
      return { kind, line, ns: us(entry) };
    case "runtime": {
      // Negative: over at the first look at the clock.
      const ns = us(entry);
      return Number.isFinite(ns) ? { kind, line, ns } : { kind: "run", line, ns: RUNTIME_PIECE_NS };
    }
    case "mem":
    case "iorun":
      return { kind, line, bytes: reader.endless(entry, "bytes") };
    case "lock":
    case "unlock":
    case "signal":
    case "broad":
    case "barrier":
    case "resume":
    case "fork":
    case "sem_post":
    case "sem_wait":
      return { kind, line, name: reader.text(entry) };
    case "suspend":
      return { kind, line, name: (entry.value.kind === "string" && entry.value.value) || taskName };
    case "yield":
      return { kind, line };
    case "wait":
    case "sync": {
      const node = reader.object(entry);
      only(reader, node, ["ref", "mutex"]);
      return { kind, line, name: text(reader, node, "ref"), mutex: text(reader, node, "mutex") };
    }
    case "timer": {
      const node = reader.object(entry);
      only(reader, node, ["ref", "period", "mode"]);
      const name = text(reader, node, "ref");
      const mode = reader.last(node, "mode");
      const period = reader.last(node, "period");
      const absolute = mode !== undefined && reader.text(mode).startsWith("absolute");
      if (mode && !absolute && reader.text(mode) !== "relative")
        reader.note(
          "timer mode",
          mode,
          `the timer mode ${reader.text(mode)} counts as relative, as in rt-app`,
        );
      const ns = period ? us(period) : 0;
      return { kind, line, name, unique: name.startsWith("unique"), absolute, ns };
    }
    case "memrun":
      return readMemrun(reader, entry);
  }
}

function readMemrun(reader: TreeReader, entry: Entry): EventDefinition {
  const node = reader.object(entry);
  only(reader, node, ["type", "size", "count", "stride", "pattern", "ref"]);
  const need = (key: string) =>
    reader.last(node, key) ?? reader.fail(`memrun without ${key}`, entry, `"${key}" in the object`);
  const type = reader.text(need("type"));
  if (type !== "chase" && type !== "read" && type !== "write")
    return reader.fail("unknown type of memrun", need("type"), "chase, read or write", type);
  return {
    kind: "memrun",
    line: entry.line,
    type,
    bytes: reader.integer(need("size"), 1, MAX_BYTES, "bytes"),
    count: reader.endless(need("count")),
  };
}

/** rt-app calls a resource without a name "unknown". */
function text(reader: TreeReader, node: ObjectNode, key: string): string {
  const entry = reader.last(node, key);
  return entry ? reader.text(entry) : "unknown";
}

function only(reader: TreeReader, node: ObjectNode, keys: readonly string[]): void {
  for (const e of node.entries)
    if (!keys.includes(e.key) && !isRemark(e.key))
      reader.fail("unknown field", e, `one of ${keys.join(", ")}`);
}
