import { taskUtilEst } from "../pelt/util-est.ts";
import type { CpuView, PlaceQuery } from "../policy/place.ts";
import { BOOT_CLOCK } from "../state/boot-clock.ts";
import type { Machine } from "../state/machine.ts";
import { type FairClass, WF_EXEC, WF_FORK, WF_SYNC } from "../state/sched-class.ts";
import type { Task } from "../state/task.ts";
import { cpuViews } from "./policy-views.ts";

/** A policy's place(): the number of a CPU. */
export type Place = (query: PlaceQuery) => number;

/**
 * The fair class with a policy in front of its select_task_rq_fair(). It proposes; a CPU that is not there or that the task may not
 * use is vetoed: the stock search takes its place.
 */
export function placedBy(place: Place, fair: FairClass): FairClass {
  let search: Search | undefined;
  return {
    ...fair,
    selectCpu(machine, task, prevCpu, flags) {
      if (task.nrCpusAllowed === 1) return fair.selectCpu(machine, task, prevCpu, flags);
      search ??= new Search(machine, fair);
      return search.by(place, task, prevCpu, flags);
    },
  };
}

/** One after another, all searches of a machine. */
class Search {
  private readonly machine: Machine;
  private readonly fair: FairClass;
  private readonly query: PlaceQuery;
  /** byNumber[number]: the CPU's place among those of the model. */
  private readonly byNumber: number[] = [];
  /** null: none is under way. */
  private task: Task | null = null;
  private prevCpu = 0;
  private flags = 0;
  /** -1: not asked for yet. */
  private stock = -1;

  constructor(machine: Machine, fair: FairClass) {
    this.machine = machine;
    this.fair = fair;
    for (const { number, cpu } of machine.cpus) this.byNumber[number] = cpu;
    this.query = this.queryOf(cpuViews(machine));
  }

  by(place: Place, task: Task, prevCpu: number, flags: number): number {
    this.task = task;
    this.prevCpu = prevCpu;
    this.flags = flags;
    this.stock = -1;
    try {
      const cpu = this.byNumber[place(this.query)];
      if (cpu !== undefined && task.affinity.has(cpu)) return cpu;
      this.machine.placesVetoed++;
      return this.stockCpu();
    } finally {
      this.task = null;
    }
  }

  private stockCpu(): number {
    const task = this.placed();
    if (this.stock < 0) this.stock = this.fair.selectCpu(this.machine, task, this.prevCpu, this.flags);
    return this.stock;
  }

  private placed(): Task {
    if (this.task === null) throw new Error("no task is being placed: copy what you keep of the query");
    return this.task;
  }

  private queryOf(cpus: readonly CpuView[]): PlaceQuery {
    const search = this;
    const { machine, byNumber } = this;
    const task = Object.freeze({
      get pid() {
        return search.placed().pid;
      },
      get comm() {
        return search.placed().comm;
      },
      get nice() {
        return search.placed().nice;
      },
      get policy() {
        return search.placed().policy;
      },
      get load() {
        return search.placed().se.avg.loadAvg;
      },
      get util() {
        return taskUtilEst(search.placed());
      },
    });
    return Object.freeze({
      task,
      cpus,
      get now() {
        return machine.clock - BOOT_CLOCK;
      },
      get reason() {
        if ((search.flags & WF_FORK) !== 0) return "fork";
        return (search.flags & WF_EXEC) !== 0 ? "exec" : "wakeup";
      },
      get prevCpu() {
        return machine.cpus[search.prevCpu].number;
      },
      get wakerCpu() {
        return machine.cpus[machine.thisCpu].number;
      },
      get sync() {
        return (search.flags & WF_SYNC) !== 0;
      },
      cpu(number: number) {
        const view = cpus[byNumber[number]];
        if (view === undefined) throw new RangeError(`there is no CPU ${number}`);
        return view;
      },
      allowed(number: number) {
        const cpu = byNumber[number];
        return cpu !== undefined && search.placed().affinity.has(cpu);
      },
      stock: () => machine.cpus[search.stockCpu()].number,
    });
  }
}
