import { InputError } from "../../traces/input-error.ts";
import { SCHED_BATCH, SCHED_FIFO, SCHED_IDLE, SCHED_NORMAL, SCHED_RR } from "../state/task.ts";

/**
 * A scenario: tasks, then one operation a line at growing clock values. Text format, as the kernel harness reads it:
 * `nohz`, `task NICE POLICY [PRIORITY]` and `child` lines first, then `DT OP A B` lines; blank lines and lines that start with # are
 * skipped.
 */
export interface Scenario {
  /** Idle CPUs stop their ticks (CONFIG_NO_HZ_IDLE); otherwise every CPU ticks. */
  nohz: boolean;
  tasks: ScenarioTask[];
  steps: ScenarioStep[];
}

export interface ScenarioTask {
  nice: number;
  /** SCHED_NORMAL 0, SCHED_FIFO 1, SCHED_RR 2, SCHED_BATCH 3, SCHED_IDLE 5. */
  policy: number;
  /** Real-time priority, 1 to 99; 0 with a fair policy. */
  priority: number;
  /** Not there until a `fork` step makes it; then nice value, policy and affinity are its parent's. */
  child: boolean;
}

/** What the two arguments of each operation are. */
const OPERANDS = {
  wake: ["task", "cpu"],
  sync: ["task", "cpu"],
  block: ["cpu", "any"],
  yield: ["cpu", "any"],
  nice: ["task", "nice"],
  policy: ["task", "policy"],
  affine: ["task", "mask"],
  fork: ["task", "cpu"],
  exec: ["cpu", "any"],
  exit: ["cpu", "any"],
  kill: ["task", "cpu"],
  hold: ["any", "any"],
  free: ["any", "any"],
  tick: ["any", "any"],
  mkgroup: ["group", "groupOrRoot"],
  rmgroup: ["group", "any"],
  weight: ["group", "weight"],
  gidle: ["group", "flag"],
  quota: ["group", "quota"],
  period: ["group", "us"],
  burst: ["group", "us"],
  attach: ["task", "groupOrRoot"],
  fifo: ["task", "priority"],
  rr: ["task", "priority"],
} as const satisfies Record<string, readonly [Operand, Operand]>;

export type Operation = keyof typeof OPERANDS;
export const OPERATIONS = Object.keys(OPERANDS) as Operation[];

/** A scenario with one of these has groups: its dump shows them. */
export const GROUP_OPERATIONS: ReadonlySet<Operation> = new Set([
  ...(["mkgroup", "rmgroup", "weight", "gidle", "quota", "period", "burst", "attach"] as const),
]);
/** A scenario with one of these, or with a task of the class, has real-time tasks: its dump shows their queues. */
export const REALTIME_OPERATIONS: ReadonlySet<Operation> = new Set(["fifo", "rr"] as const);

export const hasGroups = ({ steps }: Scenario): boolean => steps.some(({ op }) => GROUP_OPERATIONS.has(op));

export const hasRealTime = ({ tasks, steps }: Scenario): boolean =>
  tasks.some(({ priority }) => priority > 0) || steps.some(({ op }) => REALTIME_OPERATIONS.has(op));

export interface ScenarioStep {
  /** ns since the step before. */
  dt: number;
  op: Operation;
  a: number;
  b: number;
}

/** Limits that keep a hostile file cheap. */
export const MAX_TASKS = 100_000;
export const MAX_STEPS = 1_000_000;
const MAX_CLOCK = 2 ** 52;
/** Changes of affinity while stoppers are held up: the harness has that many threads that wait for one. */
export const MAX_HELD_CHANGES = 8;
/** Groups are numbered from 1; 0 is the root group. */
export const MAX_GROUPS = 64;
/** A group's children are at most so deep below the root group. */
export const MAX_DEPTH = 5;
/** Longest quota, period and burst, us: longer than the kernel takes them. */
const MAX_US = 1_000_000_000;
/** Lines of state looked at in all steps together: half a minute. */
const MAX_LINES = 500_000_000;

/** @throws InputError with file and line where the text is no scenario for `cpus` CPUs. */
export function parseScenario(text: string, file: string, cpus: number): Scenario {
  const scenario: Scenario = { nohz: false, tasks: [], steps: [] };
  let clock = 0;
  let line = 0;
  /** Changes of affinity since stoppers are held up; null when they are not. */
  let held: number | null = null;
  for (let start = 0; start <= text.length; ) {
    let end = text.indexOf("\n", start);
    if (end < 0) end = text.length;
    line++;
    const words = text
      .slice(start, Math.min(end, start + 200))
      .trim()
      .split(/\s+/);
    start = end + 1;
    if (words[0] === "" || words[0].startsWith("#")) continue;
    if (words[0] === "nohz" && words.length === 1 && scenario.tasks.length + scenario.steps.length === 0) {
      scenario.nohz = true;
      continue;
    }
    if (words[0] === "task" || words[0] === "child") {
      if (scenario.steps.length > 0) {
        throw new InputError("a task after the first step", {
          file,
          line,
          found: words.join(" "),
          expected: "all tasks first",
        });
      }
      scenario.tasks.push(parseTask(words, file, line));
      if (scenario.tasks.length > MAX_TASKS) {
        throw new InputError("too many tasks", { file, line, expected: `at most ${MAX_TASKS}` });
      }
      continue;
    }
    const step = parseStep(words, file, line, scenario.tasks.length, cpus);
    clock += step.dt;
    if (clock > MAX_CLOCK) {
      throw new InputError("the clock runs too far", {
        file,
        line,
        found: clock,
        expected: "less than 52 days",
      });
    }
    if (step.op === "hold") held ??= 0;
    if (step.op === "free") held = null;
    if (step.op === "affine" && held !== null && ++held > MAX_HELD_CHANGES) {
      throw new InputError("too many changes of affinity while stoppers are held up", {
        file,
        line,
        expected: `at most ${MAX_HELD_CHANGES} between hold and free`,
      });
    }
    scenario.steps.push(step);
    if (scenario.steps.length > MAX_STEPS) {
      throw new InputError("too many steps", { file, line, expected: `at most ${MAX_STEPS}` });
    }
  }
  boundLines(scenario, file, cpus);
  return scenario;
}

/** Each step looks at all tasks, queues (a group has one on each CPU) and domains (some three levels) for what has changed. */
function boundLines({ tasks, steps }: Scenario, file: string, cpus: number): void {
  const groups = new Set(steps.filter(({ op }) => op === "mkgroup").map(({ a }) => a)).size;
  const lines = (tasks.length + (4 + 2 * groups) * cpus) * steps.length;
  if (lines <= MAX_LINES) return;
  const also = groups > 0 ? [`, ${groups} groups`, " + 2 x groups x CPUs"] : ["", ""];
  throw new InputError("the scenario has too many steps for its tasks and CPUs", {
    file,
    found: `${tasks.length} tasks, ${cpus} CPUs${also[0]}, ${steps.length} steps`,
    expected: `(tasks + 4 x CPUs${also[1]}) x steps at most ${MAX_LINES}`,
    hint: "Split it, or leave out tasks that do nothing",
  });
}

/** The scenario's text in its plainest form: the kernel harness takes no other. */
export function formatScenario(scenario: Scenario): string {
  const tasks = scenario.tasks.map(({ nice, policy, priority, child }) => {
    if (child) return "child\n";
    return priority > 0 ? `task ${nice} ${policy} ${priority}\n` : `task ${nice} ${policy}\n`;
  });
  const steps = scenario.steps.map(({ dt, op, a, b }) => `${dt} ${op} ${a} ${b}\n`);
  return [scenario.nohz ? "nohz\n" : "", ...tasks, ...steps].join("");
}

function parseTask(words: string[], file: string, line: number): ScenarioTask {
  if (words[0] === "child" && words.length === 1)
    return { nice: 0, policy: SCHED_NORMAL, priority: 0, child: true };
  const realTime = words[2] === `${SCHED_FIFO}` || words[2] === `${SCHED_RR}`;
  if (words[0] !== "task" || words.length !== (realTime ? 4 : 3)) {
    throw new InputError("not a task", {
      file,
      line,
      found: words.join(" "),
      expected: "task NICE POLICY (with policy 1 or 2: task NICE POLICY PRIORITY), or child",
    });
  }
  const nice = integer(words[1], file, line, "nice value", -20, 19);
  if (!realTime) return { nice, policy: fairPolicy(words[2], file, line), priority: 0, child: false };
  const priority = integer(words[3], file, line, "real-time priority", 1, 99);
  return { nice, policy: Number(words[2]), priority, child: false };
}

function fairPolicy(word: string, file: string, line: number): number {
  const policy = integer(word, file, line, "policy", 0, 5);
  if (policy === SCHED_NORMAL || policy === SCHED_BATCH || policy === SCHED_IDLE) return policy;
  throw new InputError("no fair policy", {
    file,
    line,
    found: word,
    expected: "0 (SCHED_NORMAL), 3 (SCHED_BATCH) or 5 (SCHED_IDLE)",
  });
}

function parseStep(words: string[], file: string, line: number, tasks: number, cpus: number): ScenarioStep {
  const op = words[1] as Operation;
  if (words.length !== 4 || !Object.hasOwn(OPERANDS, op)) {
    throw new InputError("not a step", {
      file,
      line,
      found: words.join(" "),
      expected: `DT OP A B with OP one of ${OPERATIONS.join(", ")}`,
    });
  }
  const dt = integer(words[0], file, line, "time step", 0, MAX_CLOCK);
  const operand = (word: string, kind: Operand): number => {
    if (kind === "policy") return fairPolicy(word, file, line);
    const [what, min, max] = operandRange(kind, tasks, cpus);
    return integer(word, file, line, what, min, max);
  };
  const [a, b] = OPERANDS[op];
  return { dt, op, a: operand(words[2], a), b: operand(words[3], b) };
}

type Operand =
  | ("any" | "task" | "cpu" | "mask" | "nice" | "policy")
  | ("group" | "groupOrRoot" | "weight" | "flag" | "quota" | "us" | "priority");

/** What an argument is called, its least and its largest value. */
function operandRange(
  kind: Exclude<Operand, "policy">,
  tasks: number,
  cpus: number,
): readonly [what: string, min: number, max: number] {
  switch (kind) {
    case "any":
      return ["argument", -(2 ** 31), 2 ** 32];
    case "task":
      return ["task", 0, tasks - 1];
    case "cpu":
      return ["CPU", 0, cpus - 1];
    case "mask":
      return ["CPU mask", 1, cpus > 52 ? 2 ** 52 - 1 : 2 ** cpus - 1];
    case "nice":
      return ["nice value", -20, 19];
    case "group":
      return ["group", 1, MAX_GROUPS];
    case "groupOrRoot":
      return ["group", 0, MAX_GROUPS];
    case "weight":
      return ["weight", 1, 10_000];
    case "flag":
      return ["flag", 0, 1];
    case "quota":
      return ["quota (us, -1 for none)", -1, MAX_US];
    case "us":
      return ["time (us)", 0, MAX_US];
    case "priority":
      return ["real-time priority", 1, 99];
  }
}

function integer(word: string, file: string, line: number, what: string, min: number, max: number): number {
  const value = /^-?\d{1,16}$/.test(word) ? Number(word) : Number.NaN;
  if (value >= min && value <= max) return value;
  throw new InputError(`no ${what}`, {
    file,
    line,
    found: word,
    expected: max < min ? "none: there are no tasks" : `${min} to ${max}`,
  });
}
