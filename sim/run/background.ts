import { InputError } from "../../traces/input-error.ts";
import type { Hardware } from "../chip/hardware.ts";
import type { SchedulerCore } from "../core.ts";
import { randomStream } from "../engine/random.ts";
import type { BackgroundResult } from "../output/result.ts";
import { TASK_NEW, TASK_SLEEPING } from "../state/task.ts";
import { exponential } from "../workload/distributions.ts";
import * as S from "../workload/script.ts";
import { TaskRandom } from "../workload/task-random.ts";
import { SimTask } from "./sim-task.ts";
import type { Timers } from "./timers.ts";

/** Threads that a kernel has one of on each CPU, and those that run anywhere. */
const PER_CPU = [
  { name: (cpu: number) => `kworker/${cpu}:1`, sleep: "kworkerSleepNs", run: "kworkerRunNs" },
  { name: (cpu: number) => `ksoftirqd/${cpu}`, sleep: "ksoftirqdSleepNs", run: "ksoftirqdRunNs" },
] as const;
const UNBOUND = [
  { name: "rcu_sched", sleep: "rcuSleepNs", run: "rcuRunNs" },
  { name: "kworker/u:0", sleep: "unboundSleepNs", run: "unboundRunNs" },
] as const;

/** Much more often than any machine's. */
const MAX_BACKGROUND = 1000;
/** So that the longest sleep stays a time that can be simulated. */
const MIN_BACKGROUND = 0.001;
export const BACKGROUND_RANGE = `a number from ${MIN_BACKGROUND} to ${MAX_BACKGROUND}, or 0`;

export const isBackground = (factor: number): boolean =>
  factor === 0 || (factor >= MIN_BACKGROUND && factor <= MAX_BACKGROUND);

/**
 * The kernel's own threads: each sleeps and runs in turn, for times that are drawn anew. They are tasks of the machine, but none
 * of the workload's. (The stoppers, `migration/N`, are the scheduler's own and run when it wants them.)
 */
export class Background {
  readonly tasks: readonly SimTask[];
  private readonly core: SchedulerCore;
  private readonly random: ReturnType<typeof randomStream>;

  /**
   * `factor`: how often they wake up, as a multiple of what the hardware says; 0: there are none.
   * @throws InputError
   */
  constructor(
    factor: number,
    { seed, hardware, cpuNumbers }: { seed: string; hardware: Hardware; cpuNumbers: readonly number[] },
    core: SchedulerCore,
    timers: Timers,
  ) {
    if (!isBackground(factor))
      throw new InputError("no such background", {
        field: "background",
        found: factor,
        expected: BACKGROUND_RANGE,
      });
    this.core = core;
    this.random = randomStream(seed, "background");
    const tasks: SimTask[] = [];
    const add = (comm: string, sleepNs: number, runNs: number, cpu?: number) => {
      if (factor === 0 || sleepNs === 0) return;
      const sleep = exponential(Math.ceil(sleepNs / factor));
      const random = new TaskRandom(this.random);
      const task = core.newTask({
        comm,
        perCpuKthread: cpu !== undefined,
        affinity: cpu === undefined ? undefined : [cpu],
        cpu: cpu ?? random.next32() % core.cpus.length,
      });
      const programme = S.script([S.forever(S.run(exponential(runNs)), S.sleep(sleep))]);
      const thread = new SimTask(task, { comm, programme }, random, -1 - tasks.length);
      task.user = thread;
      thread.born = true; // it is older than the run
      thread.timerDue = sleep(random);
      timers.set(thread);
      tasks.push(thread);
    };
    for (const { name, sleep, run } of PER_CPU)
      for (const [cpu, number] of cpuNumbers.entries())
        add(name(number), hardware[sleep], hardware[run], cpu);
    for (const { name, sleep, run } of UNBOUND) add(name, hardware[sleep], hardware[run]);
    this.tasks = tasks;
  }

  /** All sleep, each with its timer set. */
  get asleep(): boolean {
    return this.tasks.every(({ task }) => task.state === TASK_SLEEPING || task.state === TASK_NEW);
  }

  result(): BackgroundResult | null {
    if (this.tasks.length === 0) return null;
    const sum = (of: (task: SimTask) => number) => this.tasks.reduce((total, task) => total + of(task), 0);
    const { now } = this.core;
    return {
      threads: this.tasks.length,
      wakeups: sum(({ wakeups }) => wakeups),
      runNs: sum(({ runNs }) => runNs),
      lostNs: sum(({ lostNs }) => lostNs),
      waitNs: sum(({ waitNs, runnableSince }) => waitNs + (runnableSince >= 0 ? now - runnableSince : 0)),
    };
  }
}
