import { InputError } from "../../traces/input-error.ts";
import type { SchedulerCore } from "../core.ts";
import type { Clock } from "../engine/agenda.ts";
import { type Random, randomStream } from "../engine/random.ts";
import type { LatencyHistograms } from "../output/latency-histogram.ts";
import { taskComm } from "../workload/comm.ts";
import type { TaskSpec } from "../workload/programme.ts";
import { TaskRandom } from "../workload/task-random.ts";
import type { GroupSet } from "./group-set.ts";
import type { SimulationOptions } from "./options.ts";
import { SimTask } from "./sim-task.ts";
import type { Timers } from "./timers.ts";

/** The tasks of a run: makes them, and counts what they have done and how many have ended. */
export class TaskSet {
  readonly list: SimTask[] = [];
  exited = 0;
  /** Units of work, as the workload counts them. */
  units = 0;
  private readonly maxTasks: number;
  private readonly core: SchedulerCore;
  private readonly groups: GroupSet;
  /** Its name: the session of tasks that name none. */
  private readonly workload: string;
  private readonly clock: Clock;
  private readonly timers: Timers;
  private readonly latency: LatencyHistograms;
  private readonly random: Random;

  constructor(
    { seed, maxTasks, workload }: Pick<SimulationOptions, "seed" | "maxTasks" | "workload">,
    core: SchedulerCore,
    groups: GroupSet,
    clock: Clock,
    timers: Timers,
    latency: LatencyHistograms,
  ) {
    this.maxTasks = maxTasks;
    this.core = core;
    this.groups = groups;
    this.workload = workload.name;
    this.clock = clock;
    this.timers = timers;
    this.latency = latency;
    this.random = randomStream(seed, "workload");
  }

  /** There were tasks, and all have ended. */
  get over(): boolean {
    return this.exited === this.list.length && this.exited > 0;
  }

  /**
   * A new task: at its start time by a timer, or now from `cpu` (fork; -1 = nobody forks it).
   * @throws InputError when there are too many.
   */
  spawn(spec: TaskSpec, cpu: number): void {
    if (this.list.length >= this.maxTasks) {
      throw new InputError("the workload creates too many tasks", {
        found: `more than ${this.maxTasks}`,
        expected: "a bounded number of tasks",
        hint: cpu < 0 ? "Ask for fewer tasks" : "Look for forks in an endless loop",
      });
    }
    const startNs = spec.startNs ?? 0;
    const comm = taskComm((cpu >= 0 && spec.forkComm?.(this.list.length)) || spec.comm);
    const parent = cpu < 0 ? null : this.core.cpus[cpu].curr;
    const own = spec.group;
    const group =
      parent !== null && own === undefined
        ? parent.group
        : this.groups.forTask(own, [spec.name ?? comm, comm], spec.origin?.file ?? this.workload).group;
    const affinity = this.groups.allowed(group, spec.affinity);
    const task = this.core.newTask({
      comm,
      nice: spec.nice,
      policy: spec.policy,
      rtPriority: spec.rtPriority,
      affinity,
      perCpuKthread: spec.perCpuKthread && affinity?.length === 1,
      group,
    });
    const t = new SimTask(task, spec, new TaskRandom(this.random), this.latency.allocate());
    task.user = t;
    t.timersFromNs = spec.timersFromNs ?? this.clock.now + startNs;
    this.list.push(t);
    if (cpu >= 0 && startNs === 0) {
      t.born = true;
      this.core.wakeNew(task, cpu);
    } else {
      t.timerDue = this.clock.now + startNs;
      this.timers.set(t);
    }
  }

  done(task: SimTask, units: number): void {
    task.units += units;
    this.units += units;
  }

  /** The task has ended. */
  exit(task: SimTask): void {
    this.timers.release(task);
    this.exited++;
    task.exitNs = this.clock.now;
  }
}
