import { InputError, printable } from "../../traces/input-error.ts";
import { Mutex, type Resource, type Waiter } from "../workload/resources.ts";
import type { SimTask } from "./sim-task.ts";
import { lostTasks, Wakers } from "./wakers.ts";

const nameOf = (task: SimTask): string => `${task.name}[${task.pid}]`;
const resourceName = (r: Resource): string => `${r.kind} "${printable(r.name)}"`;

/** The mutex that keeps `task` waiting, or null. */
function mutexOf(task: SimTask): Mutex | null {
  const resource: Resource | null = (task as Waiter).waitingFor;
  return resource instanceof Mutex ? resource : null;
}

/**
 * Called when `task` is about to wait for `mutex`: follows owner → mutex it waits for → owner … and throws an InputError
 * with the cycle when that leads back to the task, unless somebody else may release a mutex of it. Cost: the length of the
 * chain.
 */
export function refuseLockCycle(task: SimTask, mutex: Mutex): void {
  for (let wanted: Mutex | null = mutex; wanted !== null; ) {
    const owner = wanted.owner as SimTask | null;
    if (wanted.foreign) return;
    if (owner === task) throw lockCycle(task, mutex);
    wanted = owner === null ? null : mutexOf(owner);
  }
}

function lockCycle(task: SimTask, mutex: Mutex): InputError {
  const chain = [nameOf(task), resourceName(mutex)];
  for (let owner = mutex.owner as SimTask; owner !== task; ) {
    const wanted = mutexOf(owner)!;
    chain.push(nameOf(owner), resourceName(wanted));
    owner = wanted.owner as SimTask;
  }
  chain.push(nameOf(task));
  const alone = mutex.owner === task;
  return new InputError(
    `${alone ? "a task locks a mutex that it holds already" : "deadlock"}: ${shorten(chain)}`,
    {
      expected: "mutexes locked in the same order by all tasks, each once",
      hint: "Check the lock and unlock events of these tasks",
    },
  );
}

/** What is to be said of a task that releases a mutex that is not its own. */
export function foreignReleaseRemark(task: SimTask, mutex: Mutex, line: number): string {
  const file = task.spec.origin?.file;
  const where = file ? `${file}:${line || task.spec.origin!.line}: ` : "";
  const owner = mutex.owner as SimTask | null;
  const held = owner ? `, which ${nameOf(owner)} holds` : ", which nobody holds";
  const then = mutex.handOff
    ? "nothing happens (EPERM), as mutexes are with pi_enabled"
    : "it is free, as a plain pthread mutex would be";
  return `${where}${nameOf(task)} releases ${resourceName(mutex)}${held}: ${then}`;
}

/** At most this many tasks are named in one message. */
const NAMED = 16;

/** A cycle in words; of a very long one, the beginning and the end. */
const shorten = (chain: readonly string[]): string =>
  chain.length <= 2 * NAMED + 1
    ? chain.join(" → ")
    : [...chain.slice(0, NAMED), `… ${chain.length - 2 * NAMED} more …`, ...chain.slice(-NAMED)].join(" → ");

/** What would have let go on who waits for a resource of that kind. */
const DELIVERANCE: Readonly<Record<string, string>> = {
  condition: "signals or resumes it",
  barrier: "comes to it",
  semaphore: "posts it",
  gate: "opens it",
  "channel (empty)": "sends to it",
  "channel (full)": "receives from it",
};

/**
 * Looks for tasks that nobody can wake any more, and says so.
 *
 * Throws an InputError where that is a deadlock: tasks hold each other up in a cycle, the owner of a mutex has ended, or,
 * when nothing else goes on (`stalled`), nobody could ever have woken them. Who merely outlives those it worked for is no
 * fault of the workload: such tasks, and all others that the rest of the run goes on without, are told to `remark`.
 */
export function reportLost(
  tasks: readonly SimTask[],
  atNs: number,
  stalled: boolean,
  remark?: (text: string) => void,
): void {
  const { abandoned, dependent, deadlocked } = lostTasks(tasks);
  const wakers = new Wakers(deadlocked);
  const fatal = stalled ? deadlocked : heldUp(deadlocked, wakers);
  if (fatal.length > 0) throw deadlock(fatal, wakers, atNs, tasks.length);
  if (!remark) return;
  const excused = abandoned.length + dependent.length;
  if (excused > 0) {
    const why = (t: SimTask) => `, and whoever ${DELIVERANCE[t.waitingFor!.kind]} has ended`;
    const rest = dependent.length > 0 ? `; ${dependent.length} wait for these` : "";
    remark(
      `${excused} tasks still waited when ${stalled ? "all others had ended; the simulation ended there" : "the simulation ended, and would for ever"}: ${listed(abandoned, why)}${rest}`,
    );
  }
  if (deadlocked.length > 0)
    remark(`${deadlocked.length} tasks waited for ever: ${listed(deadlocked, (t) => ending(t, wakers))}`);
}

/** Those of whom who-waits-for-whom leads to a mutex whose owner has ended, or round in a cycle, rather than to nobody. */
function heldUp(tasks: readonly SimTask[], wakers: Wakers): SimTask[] {
  /** Undefined while the way from the task is being followed. */
  const known = new Map<SimTask, boolean | undefined>();
  for (const start of tasks) {
    const path: SimTask[] = [];
    let at: SimTask | null = start;
    for (; at !== null && at.exitNs < 0 && !known.has(at); at = wakers.of(at)) {
      known.set(at, undefined);
      path.push(at);
    }
    const held = at !== null && (known.get(at) ?? true);
    for (const t of path) known.set(t, held);
  }
  return tasks.filter((t) => known.get(t));
}

function deadlock(tasks: readonly SimTask[], wakers: Wakers, atNs: number, all: number): InputError {
  const cycle = cycleOf(tasks, wakers);
  const who = tasks.length === all ? "no task can" : `${tasks.length} of ${all} tasks can never`;
  return new InputError(`deadlock after ${atNs} ns: ${who} go on`, {
    expected: `somebody left to wake them; waiting: ${listed(tasks, (t) => ending(t, wakers))}${cycle ? `; cycle: ${cycle}` : ""}`,
    hint: "Let one of these tasks start with something else than waiting, or release what it holds before it ends",
  });
}

/** Who waits for what and, in the words of `end`, for whom. */
function listed(tasks: readonly SimTask[], end: (t: SimTask) => string): string {
  const texts = tasks.slice(0, NAMED).map((t) => `${nameOf(t)} → ${resourceName(t.waitingFor!)}${end(t)}`);
  if (tasks.length > NAMED) texts.push(`and ${tasks.length - NAMED} more`);
  return texts.join(", ");
}

function ending(task: SimTask, wakers: Wakers): string {
  const waker = wakers.of(task);
  if (waker) return ` → ${nameOf(waker)}${waker.exitNs >= 0 ? ", which has ended with it locked" : ""}`;
  return wakers.complete ? `, and no task ${DELIVERANCE[task.waitingFor!.kind]}` : "";
}

/** A cycle task → resource → task, as far as owners and those who may wake show one; else "". */
function cycleOf(tasks: readonly SimTask[], wakers: Wakers): string {
  const done = new Set<SimTask>();
  for (const start of tasks) {
    const path: SimTask[] = [];
    const places = new Map<SimTask, number>();
    for (let at: SimTask | null = start; at !== null && at.exitNs < 0; at = wakers.of(at)) {
      const place = places.get(at);
      if (place !== undefined) return cycleText(path.slice(place));
      if (done.has(at)) break;
      done.add(at);
      places.set(at, path.length);
      path.push(at);
    }
  }
  return "";
}

const cycleText = (tasks: readonly SimTask[]): string =>
  shorten([...tasks.flatMap((t) => [nameOf(t), resourceName(t.waitingFor!)]), nameOf(tasks[0])]);
