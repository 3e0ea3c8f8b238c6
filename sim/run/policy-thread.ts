import type { SchedulerCore } from "../core.ts";
import type { Agenda } from "../engine/agenda.ts";
import { randomStream } from "../engine/random.ts";
import type { PolicyThreadResult } from "../output/result.ts";
import { TASK_SLEEPING } from "../state/task.ts";
import { MAX_STEP_NS } from "../workload/limits.ts";
import * as P from "../workload/programme.ts";
import { Condition } from "../workload/resources.ts";
import { TaskRandom } from "../workload/task-random.ts";
import { PRIORITY_TIMER } from "./priorities.ts";
import { SimTask } from "./sim-task.ts";

interface Job {
  ns: number;
  done: () => void;
}

/**
 * The kernel thread that does what a policy has to compute beside its decisions: a task of the machine like any other, which
 * waits for a CPU, takes its time from those who want it too, and is moved by the balancer. It comes into being with its first job.
 *
 *  T1. Jobs are done one after the other; `done` is called when the thread has had the CPU time of the job, and before it
 *      begins the next one.
 *  T2. While there is no job it sleeps without a timer: a run in which nobody else goes on ends as if there were no thread.
 */
export class PolicyThread {
  private readonly core: SchedulerCore;
  private readonly agenda: Agenda;
  private readonly seed: string;
  private readonly index: number;
  private readonly jobs: Job[] = [];
  private readonly rest = new Condition("work for the policy's thread");
  private thread: SimTask | null = null;
  private slot = -1;
  /** The first of `jobs` is being worked at. */
  private busy = false;
  /** It is asleep, or not there yet, and nobody has called it. */
  private idle = true;
  private finished = 0;

  /** @param index Its number among the simulation's tasks, below 0; also the owner of its timer. */
  constructor(core: SchedulerCore, agenda: Agenda, seed: string, index: number) {
    this.core = core;
    this.agenda = agenda;
    this.seed = seed;
    this.index = index;
  }

  /**
   * To be done from now on: `ns` of CPU time at full speed, then `done`. May be called in the midst of a decision.
   * @throws TypeError for what is no job: its stack names the call
   */
  readonly work = (ns: number, done: () => void): void => {
    if (!(Number.isInteger(ns) && ns >= 0 && ns <= MAX_STEP_NS))
      throw new TypeError(
        `host.work() needs a whole number of ns, 0 to ${MAX_STEP_NS}, found ${typeof ns === "number" ? ns : typeof ns}`,
      );
    if (typeof done !== "function")
      throw new TypeError(`host.work() needs a function to call when it is done, found ${typeof done}`);
    this.jobs.push({ ns, done });
    if (!this.idle) return;
    this.idle = false;
    if (this.slot < 0) this.slot = this.agenda.add(PRIORITY_TIMER, this.index);
    this.agenda.schedule(this.slot, this.agenda.clock.now);
  };

  /** The thread, whose call has arrived: to be woken, or born. */
  called(): SimTask {
    if (this.thread) {
      this.rest.dequeue();
      return this.thread;
    }
    const comm = "kpolicyd";
    const task = this.core.newTask({ comm });
    const programme = () => ({ next: (step: P.Step) => this.next(step) });
    this.thread = new SimTask(
      task,
      { comm, programme },
      new TaskRandom(randomStream(this.seed, comm)),
      this.index,
    );
    task.user = this.thread;
    return this.thread;
  }

  private next(step: P.Step): void {
    if (this.busy) {
      this.busy = false;
      this.finished++;
      this.jobs.shift()!.done();
    }
    if (this.jobs.length > 0) {
      this.busy = true;
      step.op = P.OP_RUN;
      step.ns = this.jobs[0].ns;
      return;
    }
    this.idle = true;
    step.op = P.OP_SUSPEND;
    step.condition = this.rest;
  }

  result(): PolicyThreadResult | null {
    if (this.thread === null) return null;
    const { runNs, lostNs, waitNs, runnableSince, migrations, task } = this.thread;
    const waiting = task.state !== TASK_SLEEPING && runnableSince >= 0;
    return {
      pid: task.pid,
      jobs: this.finished,
      runNs,
      lostNs,
      waitNs: waitNs + (waiting ? this.core.now - runnableSince : 0),
      migrations,
    };
  }
}
