/** A scheduling domain of a CPU: the balancer evens out among the CPUs of one, and a level higher among more of them. */
export interface DomainView {
  /** SMT, CLS, MC, DIE, NODE, NUMA. */
  readonly level: string;
  /** Their numbers, ascending. */
  readonly cpus: readonly number[];
}

/** A CPU as it is when it is looked at: the same object for the whole run. */
export interface CpuView {
  readonly cpu: number;
  /** idle_cpu(): nothing runs here, nothing waits. */
  readonly idle: boolean;
  /** Since when, ns; -1: it is not idle, or a task has been put here since. */
  readonly idleSince: number;
  /** rq->nr_running: tasks of all classes, the running one included. */
  readonly nrRunning: number;
  /** Of its fair tasks: load_avg, and the (estimated) utilisation, at most 1024. */
  readonly load: number;
  readonly util: number;
  /** What is left for fair tasks beside real-time ones, of 1024. */
  readonly capacity: number;
  /** Those it is in, from the lowest up. */
  readonly domains: readonly DomainView[];
}

/** A task as it is when it is looked at. */
export interface TaskView {
  readonly pid: number;
  readonly comm: string;
  readonly nice: number;
  /** SCHED_NORMAL (0), SCHED_BATCH (3), SCHED_IDLE (5). */
  readonly policy: number;
  /** load_avg and task_util_est(). A new task has the load of its weight and no utilisation. */
  readonly load: number;
  readonly util: number;
}

/**
 * What a policy sees when a fair task that may use more than one CPU is to be placed: select_task_rq_fair(). Valid only until the
 * answer is given. CPUs are named by the numbers that the kernel knows them by.
 */
export interface PlaceQuery {
  /** Simulated time, ns. */
  readonly now: number;
  readonly reason: "wakeup" | "fork" | "exec";
  readonly task: TaskView;
  /** Where it ran last; of a forked task, where its parent runs. */
  readonly prevCpu: number;
  /** Where the code runs that wakes it, forks it, or executes. */
  readonly wakerCpu: number;
  /** WF_SYNC: the waker is about to sleep. */
  readonly sync: boolean;
  /** All CPUs, by ascending numbers. */
  readonly cpus: readonly CpuView[];
  /** The CPU of a number. @throws RangeError where there is none */
  cpu(number: number): CpuView;
  /** May the task run on the CPU of this number? */
  allowed(cpu: number): boolean;
  /**
   * The CPU that stock CFS takes. To ask is to search as the kernel does, with all it leaves behind (who wakes whom, hints, counters);
   * a policy that does not ask saves the search.
   */
  stock(): number;
}
