import { cpuUtil, taskUtilEst } from "../pelt/util-est.ts";
import type { CpuView, TaskView } from "../policy/place.ts";
import { BOOT_CLOCK } from "../state/boot-clock.ts";
import type { Machine } from "../state/machine.ts";
import { idleCpu } from "../state/occupancy.ts";
import type { Rq } from "../state/rq.ts";
import type { Task } from "../state/task.ts";

const VIEWS = new WeakMap<Machine, readonly CpuView[]>();

/** The CPUs of a machine as policies see them: always the same objects, which show what is. */
export function cpuViews(machine: Machine): readonly CpuView[] {
  let views = VIEWS.get(machine);
  if (views === undefined) {
    views = Object.freeze(machine.cpus.map((rq) => viewOf(machine, rq)));
    VIEWS.set(machine, views);
  }
  return views;
}

function viewOf(machine: Machine, rq: Rq): CpuView {
  const domains = [];
  for (let sd = rq.sd; sd !== null; sd = sd.parent) {
    const cpus = Object.freeze([...sd.span.list()].map((cpu) => machine.cpus[cpu].number));
    domains.push(Object.freeze({ level: sd.name, cpus }));
  }
  return Object.freeze({
    cpu: rq.number,
    domains: Object.freeze(domains),
    get idle() {
      return idleCpu(rq);
    },
    get idleSince() {
      return idleCpu(rq) && rq.idleStamp !== 0 ? rq.idleStamp - BOOT_CLOCK : -1;
    },
    get nrRunning() {
      return rq.nrTasks;
    },
    get load() {
      return rq.cfs.avg.loadAvg;
    },
    get util() {
      return cpuUtil(rq);
    },
    get capacity() {
      return rq.capacity;
    },
  });
}

/** A task as it is now. */
export function taskView({ pid, comm, nice, policy, se }: Task): TaskView {
  return { pid, comm, nice, policy, load: se.avg.loadAvg, util: taskUtilEst(se.task!) };
}
