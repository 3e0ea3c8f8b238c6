/** SCHED_NORMAL, SCHED_BATCH and SCHED_IDLE: the policies of the fair class. */
export const SCHED_NORMAL = 0;
export const SCHED_BATCH = 3;
export const SCHED_IDLE = 5;

/** One task and its scheduling entity (task_struct and sched_entity of Linux 6.1; every task is in the root group). */
export class Task {
  readonly pid: number;
  comm: string;
  nice: number;
  policy: number;
  /** CPU whose queue the task is on, or was last on. */
  cpu = 0;
  /** On a run queue (running counts). */
  onRq = false;
  /** Gone for good (exitCurrent). */
  dead = false;
  vruntime = 0;
  sumExecRuntime = 0;
  execStart = 0;
  nrMigrations = 0;
  /** Free for the user of the core (programme state and the like). */
  user: unknown = null;

  constructor(pid: number, comm: string, nice: number, policy: number) {
    this.pid = pid;
    this.comm = comm;
    this.nice = nice;
    this.policy = policy;
  }
}
