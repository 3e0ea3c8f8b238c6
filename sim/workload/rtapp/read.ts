import { InputError, printable } from "../../../traces/input-error.ts";
import { Notes } from "../../notes.ts";
import { taskComm } from "../comm.ts";
import { groupPath } from "../groups.ts";
import { MAX_STEP_NS } from "../limits.ts";
import { Budget } from "./budget.ts";
import type {
  Cpus,
  EventDefinition,
  GlobalDefinition,
  PhaseDefinition,
  RtAppDefinition,
  Scheduling,
  TaskDefinition,
} from "./definition.ts";
import { eventKind, isRemark, readEvent } from "./events.ts";
import { isLegacy, type LegacyResources, readLegacyEvents, readLegacyResources } from "./legacy.ts";
import { MAX_TEXT, parseRtApp } from "./parse.ts";
import { looksLikeYaml, parseYaml } from "./parse-yaml.ts";
import { readPolicy, readScheduling, SCHEDULING_KEYS } from "./scheduling.ts";
import { type Entry, type ObjectNode, TreeReader } from "./tree.ts";

/** At most so many tasks of one kind. */
const MAX_INSTANCES = 100_000;
/** Highest CPU number of a large kernel. */
const MAX_CPU = 8191;

const GLOBAL_IGNORED = new Set([
  "calibration",
  "lock_pages",
  "logdir",
  "log_basename",
  "log_size",
  "ftrace",
  "gnuplot",
  "cumulative_slack",
  "frag",
]);
const TASK_KEYS = new Set(["phases", "loop", "instance", "delay", "cpus", "nodes_membind", "taskgroup"]);
const PHASE_KEYS = new Set(["loop", "cpus", "nodes_membind", "taskgroup"]);

/**
 * Reads rt-app files, in their JSON or in YAML; several are merged in the order given, as rt-app's merge.py does.
 *
 * @throws InputError with file, line and name for what is wrong or cannot be modelled.
 */
export function readRtApp(files: readonly { name: string; text: string }[]): RtAppDefinition {
  const length = files.reduce((sum, { text }) => sum + text.length, 0);
  if (files.length > 1 && length > MAX_TEXT) {
    throw new InputError("the files are too long for an rt-app workload", {
      file: files[0].name,
      found: `${length} characters in ${files.length} files`,
      expected: `at most ${MAX_TEXT}`,
    });
  }
  const notes = new Notes();
  const parsed = files.map(({ name, text }) => ({
    reader: new TreeReader(name, notes),
    root: looksLikeYaml(text, name) ? parseYaml(text, name) : parseRtApp(text, name),
  }));
  const definition: RtAppDefinition = { global: DEFAULT_GLOBAL, tasks: [], notes };
  const resources: LegacyResources = new Map();
  const budget = new Budget();
  for (const { reader, root } of parsed) {
    for (const entry of root.entries) {
      if (entry.value.kind === "none" && entry.key !== "tasks") continue;
      if (entry.key === "global") definition.global = readGlobal(reader, entry, definition.global);
      else if (entry.key === "resources") readLegacyResources(reader, entry, resources);
      else if (entry.key !== "tasks") ignored(reader, entry);
    }
  }
  for (const { reader, root } of parsed) {
    for (const entry of root.entries) {
      if (entry.key !== "tasks") continue;
      for (const task of reader.object(entry).entries)
        definition.tasks.push(new TaskReader(reader, definition, resources, budget).read(task));
    }
  }
  checkForks(definition);
  noteLongNames(definition);
  if (definition.tasks.length === 0)
    notes.add("no tasks", "no tasks: this looks like a part of a workload; give all its files together");
  return definition;
}

const DEFAULT_GLOBAL: GlobalDefinition = {
  durationNs: -1,
  piEnabled: false,
  nullDevice: true,
  memBufferBytes: 4_194_304,
  defaultPolicy: { policy: 0, nice: 0, rtPriority: 0 },
};

function readGlobal(reader: TreeReader, entry: Entry, before: GlobalDefinition): GlobalDefinition {
  const global = { ...before };
  for (const e of reader.object(entry).entries) {
    if (e.value.kind === "none") continue;
    if (e.key === "duration") global.durationNs = readDuration(reader, e);
    else if (e.key === "pi_enabled") global.piEnabled = reader.boolean(e);
    else if (e.key === "io_device") global.nullDevice = reader.text(e) === "/dev/null";
    else if (e.key === "mem_buffer_size") global.memBufferBytes = reader.integer(e, 1, 2 ** 40, "bytes");
    else if (e.key === "default_policy") global.defaultPolicy = readPolicy(reader, e);
    else if (!GLOBAL_IGNORED.has(e.key)) ignored(reader, e);
  }
  return global;
}

/** ns; -1 until all tasks end. What is longer than a simulation may be is cut, with a note. */
function readDuration(reader: TreeReader, entry: Entry): number {
  const seconds = reader.endless(entry, "s");
  const longest = MAX_STEP_NS / 1e9;
  if (seconds === 0 || !Number.isFinite(seconds)) return -1;
  if (seconds > longest)
    reader.note(
      "duration",
      entry,
      `the duration, ${seconds} s, is cut to ${longest} s, the longest simulation`,
    );
  return Math.min(seconds, longest) * 1e9;
}

function ignored(reader: TreeReader, entry: Entry): void {
  reader.note("unknown key", entry, `${printable(entry.key)} is not known and was ignored`);
}

/** Reads one member of "tasks". */
class TaskReader {
  private readonly reader: TreeReader;
  private readonly definition: RtAppDefinition;
  private readonly resources: LegacyResources;
  private readonly budget: Budget;

  constructor(reader: TreeReader, definition: RtAppDefinition, resources: LegacyResources, budget: Budget) {
    this.budget = budget;
    this.reader = reader;
    this.definition = definition;
    this.resources = resources;
  }

  read(entry: Entry): TaskDefinition {
    const { reader } = this;
    const node = reader.object(entry);
    const phases = reader.last(node, "phases");
    const loop = reader.last(node, "loop");
    const delay = reader.last(node, "delay");
    const instance = reader.last(node, "instance");
    const { notes, global } = this.definition;
    const scheduling = readScheduling(reader, node, global.defaultPolicy, notes) ?? global.defaultPolicy;
    const task: TaskDefinition = {
      name: entry.key,
      file: reader.file,
      line: entry.line,
      instances: instance ? reader.integer(instance, 0, MAX_INSTANCES) : 1,
      delayNs: delay ? reader.endless(delay, "us") * 1000 : 0,
      scheduling,
      cpus: this.cpus(node),
      group: this.group(node),
      phases: [],
      loop: -1,
    };
    if (phases) {
      let before = scheduling;
      for (const phase of reader.object(phases).entries) {
        const read = this.phase(phase, reader.object(phase), task.name, before);
        task.phases.push(read);
        before = read.scheduling ?? before;
      }
      if (task.phases.length === 0) reader.fail("no phases", phases, "at least one phase");
      this.refuseUnknown(node, TASK_KEYS, false);
      if (loop) task.loop = this.loop(loop);
    } else {
      // One phase written into the task itself: a loop given there is the phase's, and the task then runs once.
      const phase = this.phase(entry, node, task.name, undefined);
      delete phase.cpus;
      delete phase.group;
      task.phases.push(phase);
      if (loop) task.loop = 1;
    }
    return task;
  }

  /** A phase; `before`: how the task is scheduled when it comes, undefined for a task that is its only phase. */
  private phase(
    entry: Entry,
    node: ObjectNode,
    taskName: string,
    before: Scheduling | undefined,
  ): PhaseDefinition {
    const { reader } = this;
    const loop = reader.last(node, "loop");
    this.budget.take(1, reader, entry);
    const events: EventDefinition[] = isLegacy(node)
      ? readLegacyEvents(reader, node, this.resources, this.budget)
      : this.events(node, taskName, before ? PHASE_KEYS : TASK_KEYS);
    if (events.length === 0)
      reader.fail("a task without events", entry, "at least one event (run, sleep, ...)");
    return {
      // rt-app compares with the count before 0 comes round again: 0 is, in practice, for ever.
      loop: loop ? this.loop(loop) || -1 : 1,
      events,
      cpus: this.cpus(node),
      group: this.group(node),
      scheduling: before && readScheduling(reader, node, before, this.definition.notes),
    };
  }

  private events(node: ObjectNode, taskName: string, known: ReadonlySet<string>): EventDefinition[] {
    const events: EventDefinition[] = [];
    for (const e of node.entries) {
      const kind = eventKind(e.key);
      if (!kind) continue;
      this.budget.take(1, this.reader, e);
      events.push(readEvent(this.reader, e, kind, taskName));
    }
    this.refuseUnknown(node, known, true);
    return events;
  }

  private refuseUnknown(node: ObjectNode, known: ReadonlySet<string>, withEvents: boolean): void {
    const { reader } = this;
    for (const e of node.entries) {
      if (e.value.kind === "none" && known.has(e.key)) continue;
      if (e.key === "nodes_membind")
        this.definition.notes.add(
          e.key,
          `${reader.file}:${e.line}: nodes_membind has no effect: memory is not modelled`,
        );
      if (known.has(e.key) || SCHEDULING_KEYS.has(e.key) || isRemark(e.key)) continue;
      if (withEvents && eventKind(e.key)) continue;
      reader.fail(
        withEvents
          ? "unknown event or field"
          : "events belong into the phases of this task, other fields are unknown",
        e,
        `${withEvents ? "an event (run, sleep, timer, ...) or " : ""}one of ${[...known, ...SCHEDULING_KEYS].join(", ")}`,
      );
    }
  }

  /** "" is none. */
  private group(node: ObjectNode): string | undefined {
    const entry = this.reader.last(node, "taskgroup");
    const path = entry && this.reader.text(entry);
    return path === undefined || path === "" ? undefined : groupPath(path, this.reader.file);
  }

  private cpus(node: ObjectNode): Cpus | undefined {
    const entry = this.reader.last(node, "cpus");
    if (!entry) return undefined;
    const list = [...new Set(this.reader.integers(entry, 0, MAX_CPU))];
    if (list.length === 0) this.reader.fail("an empty list of CPUs", entry, "at least one CPU");
    return { list, line: entry.line };
  }

  /** -1: for ever, as any negative number. */
  private loop(entry: Entry): number {
    const times = this.reader.endless(entry);
    return Number.isFinite(times) ? times : -1;
  }
}

/** Tasks are told apart by numbers behind their names; the kernel's 15 bytes hold both. */
function noteLongNames({ tasks, notes }: RtAppDefinition): void {
  let before = 0;
  for (const { name, file, line, instances } of tasks) {
    const comm = taskComm(name, `-${before}`);
    if (instances > 0 && comm !== `${name}-${before}`)
      new TreeReader(file, notes).note(
        "long name",
        { line },
        `the kernel keeps 15 bytes of a name: ${name} becomes ${comm}`,
      );
    before += instances;
  }
}

function checkForks({ tasks, notes }: RtAppDefinition): void {
  const names = new Set(tasks.map((t) => t.name));
  for (const task of tasks)
    for (const phase of task.phases)
      for (const event of phase.events)
        if (event.kind === "fork" && !names.has(event.name))
          new TreeReader(task.file, notes).fail(
            "fork of a task that does not exist",
            { key: "fork", line: event.line },
            printable(`one of ${[...names].slice(0, 10).join(", ")}`, 200),
            event.name,
          );
}
