import { cpuViews, taskView } from "../place/policy-views.ts";
import type { Pull, PullQuery, WaitingTask } from "../policy/pull.ts";
import { moveQueuedTask } from "../sched/migrate.ts";
import { updateRqClock } from "../sched/resched.ts";
import { BOOT_CLOCK } from "../state/boot-clock.ts";
import type { Machine } from "../state/machine.ts";
import { idleCpu } from "../state/occupancy.ts";
import type { Rq } from "../state/rq.ts";
import type { Task } from "../state/task.ts";

/** A policy's pull(). */
type AskPull = (query: PullQuery) => Pull | undefined;

/**
 * Asks a policy, while the machine is at rest, for a task that an idle CPU is to take, and moves it. False where there is none. The move
 * is one of the balancer's, without a question to can_migrate_task(): it costs what a migration costs, and the search nothing.
 */
export function pulledBy(pull: AskPull): (machine: Machine) => boolean {
  return (machine) => {
    const { cpus } = machine;
    const idle = cpus.filter(idleCpu);
    if (idle.length === 0 || !cpus.some((rq) => isWaiting(rq, idle))) return false;
    let offered: Map<WaitingTask, Task> | undefined;
    const offer = () => (offered ??= waitingFor(machine, idle));
    const answer = pull(queryOf(machine, idle, () => [...offer().keys()]));
    if (answer === undefined) return false;
    const task = offer().get(answer.task);
    const to = idle.find(({ number }) => number === answer.cpu);
    if (task === undefined || to === undefined || !mayRun(task, to))
      throw new RangeError(
        "pull() names a task that does not wait, or a CPU that is not idle or not allowed",
      );
    move(machine, task, to.cpu);
    return true;
  };
}

function queryOf(machine: Machine, idle: readonly Rq[], offer: () => WaitingTask[]): PullQuery {
  const cpus = cpuViews(machine);
  let waiting: readonly WaitingTask[] | undefined;
  return Object.freeze({
    now: machine.clock - BOOT_CLOCK,
    idle: Object.freeze(idle.map(({ cpu }) => cpus[cpu])),
    cpus,
    get waiting() {
      waiting ??= Object.freeze(offer());
      return waiting;
    },
  });
}

/** Does a task wait on the queue that the hard rules let go to one of the idle CPUs? */
function isWaiting(rq: Rq, idle: readonly Rq[]): boolean {
  for (let task = rq.tasks.tail; task !== null; task = task.listPrev)
    if (waitsFor(task, rq, idle)) return true;
  return false;
}

const waitsFor = (task: Task, rq: Rq, idle: readonly Rq[]): boolean =>
  task !== rq.running &&
  !task.perCpuKthread &&
  task.se.cfsRq.throttleCount === 0 &&
  idle.some((to) => mayRun(task, to));

const mayRun = ({ affinity, group }: Task, { cpu }: Rq): boolean =>
  affinity.has(cpu) && group.queues[cpu].throttleCount === 0;

/** Fair tasks that wait, as the policy sees them. */
function waitingFor(machine: Machine, idle: readonly Rq[]): Map<WaitingTask, Task> {
  const found = new Map<WaitingTask, Task>();
  for (const rq of machine.cpus)
    for (let task = rq.tasks.tail; task !== null; task = task.listPrev) {
      if (!waitsFor(task, rq, idle)) continue;
      const cpus = idle.filter((to) => mayRun(task!, to)).map(({ number }) => number);
      const view = {
        ...taskView(task),
        cpu: rq.number,
        delta: machine.clock - task.se.execStart,
        allowed: (cpu: number) => cpus.includes(cpu),
      };
      found.set(Object.freeze(view), task);
    }
  return found;
}

function move(machine: Machine, task: Task, to: number): void {
  const from = machine.cpus[task.cpu];
  machine.thisCpu = to;
  updateRqClock(machine, from);
  moveQueuedTask(machine, from, task, to, "balance");
  machine.kick(to);
}
