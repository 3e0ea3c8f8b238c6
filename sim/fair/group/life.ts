import { removeLeaf } from "../../pelt/leaf-list.ts";
import { removeLoadAvg } from "../../pelt/load-avg.ts";
import { updateRqClock } from "../../sched/resched.ts";
import { CfsRq } from "../../state/cfs-rq.ts";
import { SchedEntity } from "../../state/entity.ts";
import type { Machine } from "../../state/machine.ts";
import { TaskGroup } from "../../state/task-group.ts";
import { NICE_0_LOAD } from "../../state/weights.ts";
import { attachEntity } from "./attach.ts";
import { newBandwidth } from "./periods.ts";

/** Groups come and go. */

/** Where the min_vruntime of a new queue starts (init_cfs_rq()). */
const FIRST_VRUNTIME = -(2 ** 20);

/** sched_create_group() and sched_online_group() */
export function createGroup(machine: Machine, id: number, parent: TaskGroup): TaskGroup {
  const group = new TaskGroup(id, parent, newBandwidth());
  for (const rq of machine.cpus) {
    const above = parent.queues[rq.cpu];
    const se = new SchedEntity(null, above);
    const cfs = new CfsRq(rq, group, se, machine.nodes);
    cfs.minVruntime = FIRST_VRUNTIME;
    se.myQ = cfs;
    se.parent = above.entity;
    se.depth = above.entity === null ? 0 : above.entity.depth + 1;
    se.setLoad(NICE_0_LOAD);
    machine.nodes.add(se);
    group.queues.push(cfs);
    group.entities.push(se);
  }
  parent.children.unshift(group);
  // online_fair_sched_group()
  for (const rq of machine.cpus) {
    updateRqClock(machine, rq);
    attachEntity(group.entities[rq.cpu]);
    const cfs = group.queues[rq.cpu];
    // sync_throttle()
    cfs.throttleCount = parent.queues[rq.cpu].throttleCount;
    cfs.throttledClockPelt = rq.clock;
  }
  return group;
}

/** sched_release_group() and unregister_fair_sched_group(), of a group without tasks and children. */
export function removeGroup(machine: Machine, group: TaskGroup): void {
  const siblings = group.parent!.children;
  siblings.splice(siblings.indexOf(group), 1);
  const { periodTimer, slackTimer } = group.bandwidth!;
  machine.timers.cancel(periodTimer);
  machine.timers.cancel(slackTimer);
  for (const [cpu, se] of group.entities.entries()) {
    removeLoadAvg(se.cfsRq, se);
    removeLeaf(group.queues[cpu]);
    machine.nodes.release(se);
  }
}
