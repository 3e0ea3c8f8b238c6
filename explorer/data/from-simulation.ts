import type { BalancePass } from "../../traces/balance-pass.ts";
import type { TraceRow } from "../../traces/schema.ts";
import { STOPPER_PID, type TimelineEvent, type TimelineTask } from "../../traces/timeline.ts";
import { migrationType, RunBuilder, type RunFacts, reasonIndex } from "./builder.ts";
import type { ExplorerCpu, ExplorerRun } from "./run.ts";

/** Listens to a simulation, and makes a run of it. */
export class SimulationReader {
  private readonly builder: RunBuilder;
  private readonly byPid = new Map<number, number>();
  /** By task: its last move, to be tied to the decision that follows. */
  private readonly lastMove: number[] = [];
  private firstDecision = 0;

  constructor(cpus: readonly ExplorerCpu[]) {
    this.builder = new RunBuilder(cpus);
  }

  readonly onTimeline = (event: TimelineEvent): void => {
    const { builder } = this;
    switch (event.type) {
      case "newtask":
        this.byPid.delete(event.task.pid);
        this.taskOf(event.task);
        break;
      case "wakeup":
        builder.waitsOn(this.taskOf(event.task), builder.cpu(event.targetCpu), event.time);
        break;
      case "switch":
        if (isFair(event.prev)) {
          const prev = this.taskOf(event.prev);
          builder.stopsRunning(prev, event.time, event.prevState);
          if (event.prevState === "R") builder.waitsOn(prev, builder.cpu(event.cpu), event.time);
        }
        if (isFair(event.next)) builder.runs(this.taskOf(event.next), builder.cpu(event.cpu), event.time);
        break;
      case "migrate": {
        const task = this.taskOf(event.task);
        const to = builder.cpu(event.destCpu);
        this.lastMove[task] = builder.move(task, builder.cpu(event.origCpu), to, event.kind, event.time);
        if (builder.isWaiting(task)) builder.waitsOn(task, to, event.time);
        break;
      }
    }
  };

  readonly onDecision = (row: TraceRow): void => {
    const { builder } = this;
    const task = this.taskOf(row);
    const decision = builder.decisions.add({ task, ...decisionOf(row, builder) });
    if (row.detached === 1) builder.moves.set(this.lastMove[task], "decision", decision);
  };

  readonly onPass = (pass: BalancePass): void => {
    this.builder.pass(pass, this.firstDecision);
    this.firstDecision = this.builder.decisions.rows;
  };

  /** @param refills Time spent refilling caches, by pid, ns. */
  finish(facts: RunFacts, refills: ReadonlyMap<number, number> = new Map()): ExplorerRun {
    for (const task of this.builder.tasks) {
      const refillNs = refills.get(task.pid);
      if (refillNs !== undefined) task.refillNs = refillNs;
    }
    return this.builder.finish(facts);
  }

  private taskOf({ pid, comm }: Pick<TimelineTask, "pid" | "comm">): number {
    let task = this.byPid.get(pid);
    if (task === undefined) {
      task = this.builder.addTask(pid, comm);
      this.byPid.set(pid, task);
    }
    return task;
  }
}

/** Neither the idle task nor a stopper, which borrows the CPU for no time. */
const isFair = ({ pid }: TimelineTask): boolean => pid !== 0 && pid < STOPPER_PID;

/** A row of a trace as the explorer has it, but for its task; its pass is not known yet. */
export function decisionOf(row: Readonly<TraceRow>, builder: RunBuilder) {
  return {
    time: row.ts,
    src: builder.cpu(row.src_cpu),
    dst: builder.cpu(row.dst_cpu),
    pass: -1,
    reason: reasonIndex(row.reason),
    migration: row.migration,
    detached: row.detached,
    failed: row.sd_nr_balance_failed,
    tries: row.sd_cache_nice_tries,
    delta: row.delta,
    justMoved: row.start_runtime === 0 ? 1 : 0,
    buddy: row.task_buddy,
    policy: row.task_policy,
    shared: row.sd_share_capacity,
    imbalance: row.imbalance,
    type: migrationType(row.lb_migration_type),
    load: row.task_load_avg,
  };
}
