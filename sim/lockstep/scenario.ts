import { InputError } from "../../traces/input-error.ts";
import { SCHED_BATCH, SCHED_IDLE, SCHED_NORMAL } from "../state/task.ts";

/**
 * A scenario: tasks, then one operation a line at growing clock values. Text format, as the kernel harness reads it:
 * `nohz`, `task NICE POLICY` and `child` lines first, then `DT OP A B` lines; blank lines and lines that start with # are
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
  /** SCHED_NORMAL 0, SCHED_BATCH 3, SCHED_IDLE 5. */
  policy: number;
  /** Not there until a `fork` step makes it; then nice value, policy and affinity are its parent's. */
  child: boolean;
}

export const OPERATIONS = [
  "wake",
  "sync",
  "block",
  "yield",
  "nice",
  "policy",
  "affine",
  "fork",
  "exec",
  "exit",
  "kill",
  "hold",
  "free",
  "tick",
] as const;
export type Operation = (typeof OPERATIONS)[number];

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

/** Each step looks at all tasks, queues and domains (some three levels) for what has changed. */
function boundLines({ tasks, steps }: Scenario, file: string, cpus: number): void {
  const lines = (tasks.length + 4 * cpus) * steps.length;
  if (lines <= MAX_LINES) return;
  throw new InputError("the scenario has too many steps for its tasks and CPUs", {
    file,
    found: `${tasks.length} tasks, ${cpus} CPUs, ${steps.length} steps`,
    expected: `(tasks + 4 x CPUs) x steps at most ${MAX_LINES}`,
    hint: "Split it, or leave out tasks that do nothing",
  });
}

/** The scenario's text in its plainest form: the kernel harness takes no other. */
export function formatScenario(scenario: Scenario): string {
  const tasks = scenario.tasks.map(({ nice, policy, child }) =>
    child ? "child\n" : `task ${nice} ${policy}\n`,
  );
  const steps = scenario.steps.map(({ dt, op, a, b }) => `${dt} ${op} ${a} ${b}\n`);
  return [scenario.nohz ? "nohz\n" : "", ...tasks, ...steps].join("");
}

function parseTask(words: string[], file: string, line: number): ScenarioTask {
  if (words[0] === "child" && words.length === 1) return { nice: 0, policy: SCHED_NORMAL, child: true };
  if (words[0] !== "task" || words.length !== 3) {
    throw new InputError("not a task", {
      file,
      line,
      found: words.join(" "),
      expected: "task NICE POLICY, or child",
    });
  }
  const nice = integer(words[1], file, line, "nice value", -20, 19);
  return { nice, policy: fairPolicy(words[2], file, line), child: false };
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
  if (words.length !== 4 || !OPERATIONS.includes(op)) {
    throw new InputError("not a step", {
      file,
      line,
      found: words.join(" "),
      expected: `DT OP A B with OP one of ${OPERATIONS.join(", ")}`,
    });
  }
  const dt = integer(words[0], file, line, "time step", 0, MAX_CLOCK);
  const number = (word: string, what: string, min: number, max: number) =>
    integer(word, file, line, what, min, max);
  const task = () => number(words[2], "task", 0, tasks - 1);
  const any = (word: string) => number(word, "argument", -(2 ** 31), 2 ** 32);
  switch (op) {
    case "wake":
    case "sync":
    case "fork":
    case "kill":
      return { dt, op, a: task(), b: number(words[3], "CPU", 0, cpus - 1) };
    case "policy":
      return { dt, op, a: task(), b: fairPolicy(words[3], file, line) };
    case "nice":
      return { dt, op, a: task(), b: number(words[3], "nice value", -20, 19) };
    case "affine": {
      const max = cpus > 52 ? 2 ** 52 - 1 : 2 ** cpus - 1;
      return { dt, op, a: task(), b: number(words[3], "CPU mask", 1, max) };
    }
    case "tick":
    case "hold":
    case "free":
      return { dt, op, a: any(words[2]), b: any(words[3]) };
    default:
      return { dt, op, a: number(words[2], "CPU", 0, cpus - 1), b: any(words[3]) };
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
