import { InputError } from "../../traces/input-error.ts";
import { Mutex, type Resource, type Waiter } from "../workload/resources.ts";
import type { SimTask } from "./sim-task.ts";

const nameOf = (task: SimTask): string => `${task.task.comm}[${task.pid}]`;
const resourceName = (r: Resource): string => `${r.kind} "${r.name}"`;

/** The mutex that keeps `task` waiting, or null. */
function mutexOf(task: SimTask): Mutex | null {
  const resource: Resource | null = (task as Waiter).waitingFor;
  return resource instanceof Mutex ? resource : null;
}

/**
 * Called when `task` is about to wait for `mutex`: follows owner → mutex it waits for → owner … and throws an InputError
 * with the cycle when that leads back to the task. Cost: the length of the chain.
 */
export function refuseLockCycle(task: SimTask, mutex: Mutex): void {
  for (let wanted: Mutex | null = mutex; wanted !== null; ) {
    const owner = wanted.owner as SimTask | null;
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

/** At most this many tasks are named in one message. */
const NAMED = 16;

/** A cycle in words; of a very long one, the beginning and the end. */
const shorten = (chain: readonly string[]): string =>
  chain.length <= 2 * NAMED + 1
    ? chain.join(" → ")
    : [...chain.slice(0, NAMED), `… ${chain.length - 2 * NAMED} more …`, ...chain.slice(-NAMED)].join(" → ");

/**
 * What to say when no task can ever run again: an InputError that names who waits for what, with the cycle as far as
 * ownership shows it (a mutex is released by its owner; whoever could signal the rest waits as well).
 */
export function stalled(blocked: readonly SimTask[], atNs: number): InputError {
  const waits = blocked.slice(0, NAMED).map((t) => {
    const resource = t.waitingFor!;
    const owner = resource instanceof Mutex ? (resource.owner as SimTask | null) : null;
    return `${nameOf(t)} → ${resourceName(resource)}${owner ? ` → ${nameOf(owner)}` : ""}`;
  });
  if (blocked.length > NAMED) waits.push(`and ${blocked.length - NAMED} more`);
  const cycle = cycleOf(blocked);
  return new InputError(`deadlock after ${atNs} ns: every task waits for another one`, {
    expected: `somebody left to wake them; waiting: ${waits.join("; ")}${cycle ? `; cycle: ${cycle}` : ""}`,
    hint: "Let one of these tasks start with something else than waiting, or remove the wait",
  });
}

/**
 * A cycle task → resource → task among blocked tasks: the successor of a task is the owner of the mutex it waits for
 * or, for anything else, another blocked task (which would have to wake it), itself when it is alone.
 */
function cycleOf(blocked: readonly SimTask[]): string {
  if (blocked.length === 0) return "";
  const successor = (t: SimTask): SimTask => {
    const r = t.waitingFor!;
    if (r instanceof Mutex && r.owner && blocked.includes(r.owner as SimTask)) return r.owner as SimTask;
    return blocked[(blocked.indexOf(t) + 1) % blocked.length];
  };
  const path: SimTask[] = [];
  let at = blocked[0];
  while (!path.includes(at) && path.length <= NAMED) {
    path.push(at);
    at = successor(at);
  }
  const start = path.indexOf(at);
  if (start < 0) return "";
  return [...path.slice(start).flatMap((t) => [nameOf(t), resourceName(t.waitingFor!)]), nameOf(at)].join(
    " → ",
  );
}
