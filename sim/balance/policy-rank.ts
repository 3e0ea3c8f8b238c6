import { taskView } from "../place/policy-views.ts";
import type { RankedTask, RankQuery } from "../policy/rank.ts";
import { BOOT_CLOCK } from "../state/boot-clock.ts";
import { CPU_IDLE, CPU_NEWLY_IDLE } from "../state/core-listener.ts";
import { LBF_ALL_PINNED, type LbEnv } from "../state/lb-env.ts";
import type { Machine } from "../state/machine.ts";
import type { Ranking } from "../state/ranking.ts";
import type { Task } from "../state/task.ts";
import { taskHot } from "./task-hot.ts";

/** A policy's rank(): tasks of the query, each at most once. */
export type Rank = (query: RankQuery) => readonly RankedTask[];

const IMBALANCE_OF = ["load", "util", "task", "misfit"] as const;

/**
 * The order of a policy. It is asked when a call of detach_tasks() begins, and again when all that it was offered has been looked at and
 * the pass goes on: tasks that were refused have gone to the other end of the list, where stock CFS comes to them again, too.
 */
export function rankedBy(rank: Rank): Ranking {
  let order: Task[] = [];
  let at = 0;
  let stops = false;
  return {
    begin() {
      order = [];
      at = 0;
      stops = false;
    },
    next(machine, env) {
      if (at === order.length && !stops) {
        const offered = offer(machine, env);
        order = taken(rank(queryOf(machine, env, [...offered.keys()])), offered);
        at = 0;
        stops = offered.size > 0;
      }
      if (at < order.length) return order[at++];
      env.flags &= ~LBF_ALL_PINNED; // nobody knows what the others would have said
      return null;
    },
  };
}

/** The tasks that the pass may still look at. */
function offer(machine: Machine, env: LbEnv): Map<RankedTask, Task> {
  const offered = new Map<RankedTask, Task>();
  let left = env.loopMax - env.loop + 1;
  for (let task = env.srcRq.tasks.tail; task !== null && left > 0; task = task.listPrev, left--)
    offered.set(viewOf(machine, env, task), task);
  return offered;
}

/** The policy's answer as tasks, which it takes out of `offered`. */
function taken(answer: readonly RankedTask[], offered: Map<RankedTask, Task>): Task[] {
  return answer.map((each) => {
    const task = offered.get(each);
    if (task === undefined) throw new RangeError("rank() names a task that was not offered, or one twice");
    offered.delete(each);
    return task;
  });
}

function queryOf(machine: Machine, env: LbEnv, tasks: RankedTask[]): RankQuery {
  const sd = env.sd!;
  return Object.freeze({
    now: machine.clock - BOOT_CLOCK,
    srcCpu: env.srcRq.number,
    dstCpu: env.dstRq.number,
    level: sd.name,
    idle: env.idle === CPU_NEWLY_IDLE ? "newly idle" : env.idle === CPU_IDLE ? "idle" : "busy",
    nrBalanceFailed: sd.nrBalanceFailed,
    cacheNiceTries: sd.cacheNiceTries,
    imbalance: env.imbalance,
    imbalanceOf: IMBALANCE_OF[env.migrationType],
    tasks: Object.freeze(tasks),
  });
}

function viewOf(machine: Machine, env: LbEnv, task: Task): RankedTask {
  const { se } = task;
  return Object.freeze({
    ...taskView(task),
    delta: env.srcRq.clock - se.execStart,
    hot: taskHot(machine, env, task),
    buddy: se.cfsRq.next === se || se.cfsRq.last === se,
    running: env.srcRq.running === task,
    allowed: task.affinity.has(env.dstRq.cpu),
  });
}
