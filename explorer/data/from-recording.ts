import type { HistoryListener, MoveKind } from "../../traces/timelines/history-listener.ts";
import { isStopper, type RecordedLife } from "../../traces/timelines/life.ts";
import { RunBuilder, type RunFacts } from "./builder.ts";
import type { ExplorerCpu, ExplorerRun } from "./run.ts";

/** Gaps of every recorded schedule. */
export const RECORDING_GAPS: readonly string[] = [
  "A recorded schedule tells who ran where and who was woken, not why the balancer moved a task: there are no passes and no decisions.",
  "Where a task waited is known by where it came to run.",
];

/** Listens to the history of a recording, and makes a run of it. */
export class RecordingReader implements HistoryListener {
  private readonly builder: RunBuilder;
  private readonly tasks: number[] = [];
  private readonly lastCpu: number[] = [];
  private readonly moveKind: (MoveKind | undefined)[] = [];
  private readonly fromNs: number;

  /** @param fromNs Where the window begins that is shown: before it nothing is kept. */
  constructor(cpus: readonly ExplorerCpu[] = [], fromNs = 0) {
    this.builder = new RunBuilder(cpus);
    this.fromNs = fromNs;
  }

  comes(life: RecordedLife, number: number, time: number, waitedNs: number): void {
    if (isStopper(life)) return;
    const { builder } = this;
    const task = this.taskOf(life);
    const cpu = builder.cpu(number);
    const at = this.since(time);
    const before = this.lastCpu[task];
    if (before !== undefined && before !== cpu && time >= this.fromNs)
      builder.move(task, before, cpu, this.moveKind[task] ?? "", at);
    this.moveKind[task] = undefined;
    this.lastCpu[task] = cpu;
    if (waitedNs > 0) builder.waitsOn(task, cpu, this.since(time - waitedNs));
    builder.runs(task, cpu, at);
  }

  leaves(life: RecordedLife, _cpu: number, time: number, state: string): void {
    if (!isStopper(life)) this.builder.stopsRunning(this.taskOf(life), this.since(time), state);
  }

  moved(life: RecordedLife, kind: MoveKind): void {
    if (!isStopper(life)) this.moveKind[this.taskOf(life)] = kind;
  }

  finish(facts: RunFacts): ExplorerRun {
    return this.builder.finish(facts);
  }

  private since(time: number): number {
    return Math.max(0, time - this.fromNs);
  }

  private taskOf(life: RecordedLife): number {
    this.tasks[life.index] ??= this.builder.addTask(life.pid, life.comm);
    const task = this.tasks[life.index];
    if (life.comm !== "") this.builder.tasks[task].comm = life.comm;
    return task;
  }
}
