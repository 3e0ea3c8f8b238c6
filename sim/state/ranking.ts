import type { LbEnv } from "./lb-env.ts";
import type { Machine } from "./machine.ts";
import type { Task } from "./task.ts";

/** In which order detach_tasks() looks at the tasks of a queue. */
export interface Ranking {
  /** A call of detach_tasks() begins. */
  begin(): void;
  /** The task to look at now; null: at no more. */
  next(machine: Machine, env: LbEnv): Task | null;
}
