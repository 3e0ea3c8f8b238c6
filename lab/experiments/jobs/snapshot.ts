/**
 * What the simulator knows when can_migrate_task() is asked, as numbers: every CPU's queue and domains, the tasks beside the one asked
 * for, timers that are set, and the work that is left to all of these. Nothing of it is in a trace, and most of it in no kernel.
 *
 * CPUs stand in an order that means the same in every row: source, destination, the thread beside either, then the others, those with
 * most tasks first. So do tasks: in the order in which balancing comes by them.
 *
 * Invariants:
 *  S1. Looking changes nothing: the run goes on as it would have.
 *  S2. Times are ns from the call; what there is none of is NaN, a time that does not come is Infinity.
 */
import { balanceInterval } from "../../../sim/balance/rebalance.ts";
import type { SimTask } from "../../../sim/run/sim-task.ts";
import type { Simulation } from "../../../sim/run/simulation.ts";
import type { SchedDomain } from "../../../sim/state/domain.ts";
import type { LbEnv } from "../../../sim/state/lb-env.ts";
import type { Machine } from "../../../sim/state/machine.ts";
import type { Rq } from "../../../sim/state/rq.ts";
import { TASK_SLEEPING, type Task } from "../../../sim/state/task.ts";
import type { Sheet } from "./sheet.ts";

/** Places of CPUs in a row: beside these four, the others. */
export const PLACES = [
  "source",
  "destination",
  "beside the source",
  "beside the destination",
  ...[1, 2, 3, 4, 5, 6].map((n) => `other ${n}`),
] as const;

/** Tasks of the source beside the one asked for, and timers, that a row has. */
export const NEIGHBOURS = 4;
export const TIMERS = 6;

/** The CPU in each place; undefined: there is none. */
export function placesOf({ cpus }: Machine, { srcRq, dstRq }: LbEnv): (Rq | undefined)[] {
  const left = new Set(cpus);
  left.delete(srcRq);
  left.delete(dstRq);
  const beside = (rq: Rq): Rq | undefined => {
    const found = [...left].find((each) => rq.smtMask.has(each.cpu));
    if (found) left.delete(found);
    return found;
  };
  const siblings = [beside(srcRq), beside(dstRq)];
  const others = [...left].sort(
    (a, b) => b.cfs.hNrRunning - a.cfs.hNrRunning || b.cfs.avg.loadAvg - a.cfs.avg.loadAvg || a.cpu - b.cpu,
  );
  const places = [srcRq, dstRq, ...siblings, ...others];
  return PLACES.map((_, i) => places[i]);
}

/** The other fair tasks of the source that wait, in the order in which balancing comes by them. */
export function neighboursOf({ srcRq }: LbEnv, task: Task): Task[] {
  const found: Task[] = [];
  for (let each = srcRq.tasks.tail; each !== null; each = each.listPrev)
    if (each !== task && each !== srcRq.running) found.push(each);
  return found;
}

/** How long the task has run in its life, up to the call, ns. */
export function ranFor(machine: Machine, task: Task): number {
  const runs = machine.cpus[task.cpu].running === task;
  return task.se.sumExecRuntime + (runs ? machine.clock - task.se.execStart : 0);
}

/** When what runs on the CPU will be through with its present step, ns of the clock, if nothing comes between; Infinity: nothing runs. */
export function throughAt({ progress }: Simulation, cpu: number): number {
  const { occupant, since, speed } = progress.cpus[cpu];
  if (occupant === null || speed === 0) return Number.POSITIVE_INFINITY;
  return Math.max(since + occupant.debt + Math.ceil(occupant.remaining / speed), occupant.until);
}

/** Sleepers whose timers are set, and when these are due, ns of the clock: the first one first. They fire with the delay of the hardware. */
export function pendingTimers({ tasks, clock }: Simulation): { task: SimTask; due: number }[] {
  return tasks.list
    .filter(
      ({ task, timerDue, timerSlot, waitingFor }) =>
        task.state === TASK_SLEEPING && waitingFor === null && timerSlot >= 0 && timerDue >= clock.now,
    )
    .map((task) => ({ task, due: task.timerDue }))
    .sort((a, b) => a.due - b.due || a.task.index - b.task.index);
}

/** Writes what is known of the call into the row: between the answer and what is done about it. */
export function putSnapshot(sheet: Sheet, simulation: Simulation, env: LbEnv, task: Task): void {
  const { machine } = simulation.core;
  sheet.put("until the next tick", untilTick(simulation));
  sheet.put("pass: taken so far", env.tasks.size);
  sheet.put("pass: examined", env.examined);
  sheet.put("pass: looks at most at", env.loopMax);
  sheet.put("pass: load over imbalance", Math.log2((1 + task.se.avg.loadAvg) / (1 + env.imbalance)));
  putTask(sheet, simulation, env, task);
  const neighbours = neighboursOf(env, task);
  for (let n = 0; n < NEIGHBOURS; n++) putNeighbour(sheet, `neighbour ${n + 1}`, env, task, neighbours[n]);
  placesOf(machine, env).forEach((rq, i) => {
    putCpu(sheet, PLACES[i], simulation, rq);
    putDomains(sheet, PLACES[i], machine, env.sd!, rq);
  });
  const timers = pendingTimers(simulation);
  const { now } = simulation.clock;
  for (let n = 0; n < TIMERS; n++) {
    const { task: sleeper, due = Number.POSITIVE_INFINITY } = timers[n] ?? {};
    sheet.put(`timer ${n + 1}: in`, due - now);
    sheet.put(`timer ${n + 1}: weight`, sleeper?.task.se.weight ?? Number.NaN);
    sheet.put(`timer ${n + 1}: slept on`, sleeper ? sideOf(env, sleeper.task.cpu) : Number.NaN);
  }
  sheet.put("sleepers", simulation.tasks.list.filter((each) => each.task.state === TASK_SLEEPING).length);
}

/** 0 the source, 1 the destination, 2 another CPU. */
export const sideOf = ({ srcRq, dstRq }: LbEnv, cpu: number): number =>
  cpu === srcRq.cpu ? 0 : cpu === dstRq.cpu ? 1 : 2;

function untilTick({ clock, core }: Simulation): number {
  const jiffy = Math.floor(1e9 / core.tunables.hz);
  return jiffy - (clock.now % jiffy);
}

function putTask(sheet: Sheet, simulation: Simulation, { srcRq }: LbEnv, task: Task): void {
  const { machine } = simulation.core;
  const { se } = task;
  const own = task.user as SimTask;
  let [behind, before] = [0, 0];
  for (let each = task.listNext; each !== null; each = each.listNext) behind++;
  for (let each = srcRq.tasks.head; each !== null; each = each.listNext)
    if (each.se.vruntime < se.vruntime) before++;
  const put = (name: string, value: number) => sheet.put(`task: ${name}`, value);
  put("behind it on the list", behind);
  put("before it on the timeline", before);
  put("vruntime over the least", se.vruntime - srcRq.cfs.minVruntime);
  put("vruntime over what runs", se.vruntime - (srcRq.curr?.se.vruntime ?? Number.NaN));
  put("weight", se.weight);
  put("utilisation expected", se.avg.utilEstEnqueued);
  put("has run", ranFor(machine, task));
  put("ran the last time", se.sumExecRuntime - se.prevSumExecRuntime);
  put("waits for a CPU since", own.runnableSince < 0 ? Number.NaN : simulation.clock.now - own.runnableSince);
  put("work left of its step", own.debt + own.remaining / 1000);
  put("then sleeps", own.pendingBlock ? 1 : 0);
  put("refused as hot so far", task.nrFailedMigrationsHot);
  put("forced so far", task.nrForcedMigrations);
  put("wake-ups so far", own.wakeups);
  put("is next", se.cfsRq.next === se ? 1 : 0);
  put("was last", se.cfsRq.last === se ? 1 : 0);
}

function putNeighbour(sheet: Sheet, name: string, env: LbEnv, task: Task, other: Task | undefined): void {
  const put = (of: string, value: (of: Task) => number) =>
    sheet.put(`${name}: ${of}`, other === undefined ? Number.NaN : value(other));
  put("weight", ({ se }) => se.weight);
  put("load", ({ se }) => se.avg.loadAvg);
  put("utilisation", ({ se }) => se.avg.utilAvg);
  put("vruntime over the task's", ({ se }) => se.vruntime - task.se.vruntime);
  put("off the CPU for", ({ se }) => env.srcRq.clock - se.execStart);
  put("work left of its step", ({ user }) => (user as SimTask).debt + (user as SimTask).remaining / 1000);
}

function putCpu(sheet: Sheet, place: string, simulation: Simulation, rq: Rq | undefined): void {
  const { machine } = simulation.core;
  const { now } = simulation.clock;
  const put = (of: string, value: (rq: Rq) => number) =>
    sheet.put(`${place}: ${of}`, rq === undefined ? Number.NaN : value(rq));
  const ofCurr = (value: (curr: Task) => number) => (of: Rq) =>
    of.curr === null ? Number.NaN : value(of.curr);
  const waiting = (of: Rq, value: (waits: Task) => number): number[] => {
    const found: number[] = [];
    for (let each = of.tasks.head; each !== null; each = each.listNext)
      if (each !== of.running) found.push(value(each));
    return found.length > 0 ? found : [Number.NaN];
  };
  const load = ({ se }: Task) => se.avg.loadAvg;
  const coldness =
    ({ clock }: Rq) =>
    ({ se }: Task) =>
      clock - se.execStart;
  put("tasks", ({ cfs }) => cfs.hNrRunning);
  put("load", ({ cfs }) => cfs.load);
  put("load average", ({ cfs }) => cfs.avg.loadAvg);
  put("utilisation", ({ cfs }) => cfs.avg.utilAvg);
  put(
    "what runs: weight",
    ofCurr(({ se }) => se.weight),
  );
  put(
    "what runs: load",
    ofCurr(({ se }) => se.avg.loadAvg),
  );
  put(
    "what runs: since",
    ofCurr((curr) => ranFor(machine, curr) - curr.se.prevSumExecRuntime),
  );
  put("what runs: through in", (of) => throughAt(simulation, of.cpu) - now);
  put("what waits: least load", (of) => Math.min(...waiting(of, load)));
  put("what waits: off the CPU for at most", (of) => Math.max(...waiting(of, coldness(of))));
  put("what waits: off the CPU for at least", (of) => Math.min(...waiting(of, coldness(of))));
  put("idle for", ({ idleStamp }) => (idleStamp === 0 ? Number.NaN : machine.clock - idleStamp));
  put("idle on average", ({ avgIdle }) => avgIdle);
  put("balances in, jiffies", ({ nextBalance }) => nextBalance - machine.jiffies);
  put("to give a task up", ({ activeBalance }) => (activeBalance ? 1 : 0));
}

function putDomains(
  sheet: Sheet,
  place: string,
  machine: Machine,
  asked: SchedDomain,
  rq: Rq | undefined,
): void {
  const all: SchedDomain[] = [];
  for (let sd = rq?.sd ?? null; sd !== null; sd = sd.parent) all.push(sd);
  const levels = {
    "this level": all.find(({ level }) => level === asked.level),
    "another level": all.find(({ level }) => level !== asked.level),
  };
  for (const [name, sd] of Object.entries(levels)) {
    const put = (of: string, value: (sd: SchedDomain) => number) =>
      sheet.put(`${place}, ${name}: ${of}`, sd === undefined ? Number.NaN : value(sd));
    put("failures over those borne", (d) => d.nrBalanceFailed - d.cacheNiceTries);
    put("interval, ms", (d) => d.balanceInterval);
    put(
      "due in, jiffies",
      (d) => d.lastBalance + balanceInterval(machine, d, rq!.curr !== null) - machine.jiffies,
    );
    put("cost of a newly idle pass", (d) => d.maxNewidleLbCost);
  }
}
