import { InputError } from "../../traces/input-error.ts";
import type { Topology } from "../chip/topology.ts";
import { SchedulerCore, type Task, type TaskGroup } from "../core.ts";
import { SCHED_FIFO, SCHED_RR, TASK_DEAD } from "../state/task.ts";
import { DumpPrinter } from "./dump.ts";
import { GroupLines } from "./group-lines.ts";
import { harnessMachine } from "./harness-machine.ts";
import { inherit, putToSleep } from "./inherit.ts";
import { RtLines } from "./rt-lines.ts";
import {
  GROUP_OPERATIONS,
  hasGroups,
  hasRealTime,
  MAX_GROUPS,
  type Scenario,
  type ScenarioStep,
} from "./scenario.ts";

/**
 * The chip in the machine that the kernel harness runs on: beside the CPUs under test there are some that take no part in
 * scheduling, but count where the kernel looks at the hardware. For a chip that the harness cannot stand for: two in
 * the last-level cache.
 */
export function harnessTopology(chip: Topology): Topology {
  const cpus = chip.cpus.length + 2;
  const hardware = harnessMachine(chip)?.hardware ?? chip.hardware ?? { cpus, levelWeight: { MC: cpus } };
  return { ...chip, hardware };
}

/** The harness starts without an idle time under way. */
export function startAsHarness({ machine }: SchedulerCore): void {
  for (const rq of machine.cpus) rq.idleStamp = 0;
}

/**
 * Runs a scenario on the core and calls `line` with each line of the dump. Start and operations as documented in
 * docs/lockstep.md: tasks asleep on CPU i mod n without any history. Asked after each step, `enough` ends it early.
 */
export function runScenario(
  scenario: Scenario,
  chip: Topology,
  line: (text: string) => void,
  enough: () => boolean = () => false,
): void {
  const core = new SchedulerCore({
    topology: harnessTopology(chip),
    tunables: { nohz: scenario.nohz, distributeAffinity: false },
  });
  startAsHarness(core);
  const nr = chip.cpus.length;
  const tasks: (Task | null)[] = scenario.tasks.map(({ nice, policy, priority, child }, i) => {
    if (child) return null;
    const task = core.newTask({ pid: i, comm: `t${i}`, nice, policy, rtPriority: priority, cpu: i % nr });
    putToSleep(core, task);
    return task;
  });
  const groups = new Map<number, TaskGroup>();
  const printer = printerFor(scenario, core, tasks, groups);
  const flush = () => {
    for (const text of printer.take()) line(text);
  };
  printer.step(-1, "init");
  flush();
  let now = 0;
  const fired = { count: 0 };
  for (const [index, step] of scenario.steps.entries()) {
    if (enough()) return;
    now += step.dt;
    fireTimers(core, now, fired);
    core.advanceTo(now);
    const effect = GROUP_OPERATIONS.has(step.op)
      ? performOnGroup(core, tasks, groups, step)
      : perform(core, tasks, step, nr);
    printer.step(index, `${step.op} ${step.a} ${step.b}${effect ? "" : " (nothing)"}`);
    flush();
  }
}

/** What prints a core's dump of that scenario, from now on with its decisions. `tasks` and `groups` change with the run. */
export function printerFor(
  scenario: Scenario,
  { machine }: SchedulerCore,
  tasks: readonly (Task | null)[],
  groups: ReadonlyMap<number, TaskGroup>,
): DumpPrinter {
  const cpus = machine.cpus.length;
  const groupLines = hasGroups(scenario) ? new GroupLines(groups, MAX_GROUPS, cpus) : null;
  const rtLines = hasRealTime(scenario) ? new RtLines(cpus) : null;
  const printer = new DumpPrinter(machine, tasks, groupLines, rtLines);
  machine.probe = (env, task, verdict) => printer.decision(env, task, verdict);
  return printer;
}

/** Timers that fire in one scenario at most: more than a hostile one needs. */
const MAX_FIRED = 1_000_000;

/** The core's timers that are due up to `now`, each at its own time. */
function fireTimers(core: SchedulerCore, now: number, fired: { count: number }): void {
  for (; core.nextTimer <= now; fired.count++) {
    if (fired.count === MAX_FIRED)
      throw new InputError("too many timers fire", { expected: `at most ${MAX_FIRED} in a scenario` });
    core.advanceTo(core.nextTimer);
    core.fireTimer();
  }
}

/** Performs a step; false when it had no effect. */
function perform(core: SchedulerCore, tasks: (Task | null)[], step: ScenarioStep, cpus: number): boolean {
  const { op, a, b } = step;
  if (op === "tick") {
    core.tick();
    return true;
  }
  if (op === "hold") return core.holdStoppers();
  if (op === "free") return core.freeStoppers();
  if (op === "block") return core.block(a);
  if (op === "yield") return core.yieldCpu(a);
  if (op === "exec") return core.exec(a);
  if (op === "exit") return exit(core, a);
  const task = tasks[a];
  if (op === "fork") return task === null && fork(core, tasks, a, b);
  if (task === null || task.state === TASK_DEAD) return false;
  if (op === "kill") return core.kill(task, b);
  if (op === "wake" || op === "sync") return !task.onRq && wake(core, task, b, op === "sync");
  if (op === "nice") core.setNice(task, b);
  else if (op === "fifo") core.setPolicy(task, SCHED_FIFO, b);
  else if (op === "rr") core.setPolicy(task, SCHED_RR, b);
  else if (op === "policy") core.setPolicy(task, b);
  else core.setAffinity(task, maskCpus(b, cpus));
  return true;
}

/** Performs a step on groups; false where the kernel has nothing to do or refuses. */
function performOnGroup(
  core: SchedulerCore,
  tasks: readonly (Task | null)[],
  groups: Map<number, TaskGroup>,
  { op, a, b }: ScenarioStep,
): boolean {
  const groupOf = (id: number) => (id === 0 ? core.machine.rootGroup : groups.get(id));
  if (op === "attach") {
    const task = tasks[a];
    const to = groupOf(b);
    return task !== null && to !== undefined && core.moveTask(task, to);
  }
  if (op === "mkgroup") {
    const parent = groupOf(b);
    if (groups.has(a) || parent === undefined || depthOf(parent) === MAX_DEPTH) return false;
    groups.set(a, core.newGroup({ id: a, parent }));
    return true;
  }
  const group = groups.get(a);
  if (group === undefined) return false;
  if (op === "rmgroup") return core.removeGroup(group) && groups.delete(a);
  if (op === "weight") return core.setWeight(group, b);
  if (op === "quota")
    return core.setBandwidth(group, { quotaNs: b < 0 ? Number.POSITIVE_INFINITY : b * 1000 });
  if (op === "period") return core.setBandwidth(group, { periodNs: b * 1000 });
  if (op === "burst") return core.setBandwidth(group, { burstNs: b * 1000 });
  core.setIdle(group, b === 1);
  return true;
}

/** Levels of groups below the root. */
const MAX_DEPTH = 5;

function depthOf(group: TaskGroup): number {
  return group.parent === null ? 0 : depthOf(group.parent) + 1;
}

/** Done at once here, a wake-up may wait in a wake list for all that its CPU does: a stopper held up there comes first. */
function wake(core: SchedulerCore, task: Task, cpu: number, sync: boolean): boolean {
  core.letStopperIn(cpu);
  return core.wake(task, cpu, sync);
}

/** Whoever ends or forks looks on its way whether it is to be rescheduled: a stopper that waits comes first. */
function exit(core: SchedulerCore, cpu: number): boolean {
  core.letStopperIn(cpu);
  return core.exitCurrent(cpu);
}

/** The task running on `cpu` makes child `number`, which inherits what a child does. */
function fork(core: SchedulerCore, tasks: (Task | null)[], number: number, cpu: number): boolean {
  core.letStopperIn(cpu);
  const parent = core.cpus[cpu].curr;
  if (parent === null) return false;
  const child = core.newTask({ pid: number, comm: `t${number}` });
  inherit(child, parent);
  tasks[number] = child;
  core.wakeNew(child, cpu);
  return true;
}

function maskCpus(mask: number, cpus: number): number[] {
  const result: number[] = [];
  for (let cpu = 0, rest = mask; cpu < cpus && rest > 0; cpu++, rest = Math.floor(rest / 2)) {
    if (rest % 2 === 1) result.push(cpu);
  }
  return result;
}
