import { MAX_STEP_NS } from "../limits.ts";
import type { Budget } from "./budget.ts";
import type { EventDefinition } from "./definition.ts";
import { isRemark } from "./events.ts";
import { type Entry, type ObjectNode, show, type TreeReader } from "./tree.ts";

/**
 * The grammar of rt-app before 1.0, as in taskset.json and the merge examples: a periodic task with an execution time
 * that accesses resources in `lock_order`. One period becomes: for each resource in order, what its type says; the rest
 * of `exec` as work; a timer until the period is over (unless "sleep" is false).
 */
export type LegacyResources = Map<string, { type: string; target?: string }>;

const TYPES = ["mutex", "wait", "signal", "broadcast", "sync", "sleep", "run"];
const KEYS = new Set(["exec", "period", "deadline", "lock_order", "resources", "sleep", "runtime"]);
const SHARED = new Set(["loop", "instance", "delay", "cpus", "priority", "nice", "policy", "phases"]);

export const isLegacy = (node: ObjectNode): boolean =>
  node.entries.some((e) => e.key === "exec" || e.key === "lock_order");

/**
 * The top-level "resources" object: type and target by name. Newer files need none; rt-app reads and keeps it all the same,
 * and goes on without where it is none.
 */
export function readLegacyResources(reader: TreeReader, entry: Entry, into: LegacyResources): void {
  if (!isObject(reader, entry)) return;
  for (const e of reader.object(entry).entries) {
    const node = reader.object(e);
    const type = reader.last(node, "type");
    const target = reader.last(node, "target");
    into.set(e.key, { type: type ? reader.text(type) : "mutex", target: target && reader.text(target) });
  }
}

/** What is no object is left out, as in rt-app, with a note. */
function isObject(reader: TreeReader, entry: Entry): boolean {
  if (entry.value.kind === "object") return true;
  reader.note("resources", entry, `resources is no object (found ${show(entry.value)}) and was left out`);
  return false;
}

/** The events of one period of a task or phase in the old grammar. */
export function readLegacyEvents(
  reader: TreeReader,
  node: ObjectNode,
  resources: LegacyResources,
  budget: Budget,
): EventDefinition[] {
  for (const e of node.entries)
    if (!KEYS.has(e.key) && !SHARED.has(e.key) && !isRemark(e.key))
      reader.fail("unknown field of a periodic task", e, [...KEYS].join(", "));
  const us = (key: string) => {
    const entry = reader.last(node, key);
    return entry ? reader.integer(entry, 0, MAX_STEP_NS / 1000, "us") * 1000 : 0;
  };
  const { line } = node;
  const events: EventDefinition[] = [];
  const order = reader.last(node, "lock_order");
  const usesEntry = reader.last(node, "resources");
  const uses = new Map(
    usesEntry && isObject(reader, usesEntry) ? reader.object(usesEntry).entries.map((e) => [e.key, e]) : [],
  );
  let rest = us("exec");
  for (const name of order ? reader.texts(order) : []) {
    const use = uses.get(name);
    const access = readAccess(reader, use);
    const kind = resources.get(name) ?? { type: "mutex" };
    if (!TYPES.includes(kind.type))
      reader.fail(
        "a resource of unknown type",
        { key: name, line: use?.line ?? line },
        TYPES.join(", "),
        kind.type,
      );
    budget.take(4 + 2 * access.mutexes.length, reader, { key: name, line: use?.line ?? line });
    for (const event of useOf(name, kind, access, use?.line ?? line)) events.push(event);
    rest -= access.ns;
  }
  if (rest > 0) events.push({ kind: "run", line, ns: rest });
  const sleeps = reader.last(node, "sleep");
  if (us("period") > 0 && !(sleeps && sleeps.value.kind === "boolean" && !sleeps.value.value))
    events.push({
      kind: "timer",
      line,
      name: "unique-period",
      unique: true,
      absolute: false,
      ns: us("period"),
    });
  return events;
}

interface Access {
  ns: number;
  mutexes: string[];
}

function readAccess(reader: TreeReader, use: Entry | undefined): Access {
  if (!use) return { ns: 0, mutexes: [] };
  const node = reader.object(use);
  const duration = reader.last(node, "duration");
  const access = reader.last(node, "access");
  return {
    ns: duration ? reader.integer(duration, 0, MAX_STEP_NS / 1000, "us") * 1000 : 0,
    mutexes: access ? reader.texts(access) : [],
  };
}

function useOf(
  name: string,
  resource: { type: string; target?: string },
  { ns, mutexes }: Access,
  line: number,
): EventDefinition[] {
  const work: EventDefinition[] = ns > 0 ? [{ kind: "run", line, ns }] : [];
  const target = resource.target ?? name;
  const inside = (middle: EventDefinition[]): EventDefinition[] => [
    ...mutexes.map((m): EventDefinition => ({ kind: "lock", line, name: m })),
    ...middle,
    ...[...mutexes].reverse().map((m): EventDefinition => ({ kind: "unlock", line, name: m })),
  ];
  switch (resource.type) {
    case "run":
      return work;
    case "sleep":
      return [{ kind: "sleep", line, ns }];
    case "signal":
      return inside([...work, { kind: "signal", line, name: target }]);
    case "broadcast":
      return inside([...work, { kind: "broad", line, name: target }]);
    case "wait":
      return mutexes.length > 0
        ? inside([{ kind: "wait", line, name: target, mutex: mutexes[mutexes.length - 1] }, ...work])
        : [{ kind: "suspend", line, name: target }, ...work];
    case "sync":
      return mutexes.length > 0
        ? inside([{ kind: "sync", line, name: target, mutex: mutexes[mutexes.length - 1] }, ...work])
        : [{ kind: "signal", line, name: target }, { kind: "suspend", line, name: target }, ...work];
    default:
      return [{ kind: "lock", line, name }, ...inside(work), { kind: "unlock", line, name }];
  }
}
