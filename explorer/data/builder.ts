import type { BalancePass } from "../../traces/balance-pass.ts";
import { MIGRATION_TYPES, REASONS } from "../../traces/schema.ts";
import { TableRows } from "./columns.ts";
import {
  DECISION_COLUMNS,
  type DecisionColumn,
  type ExplorerCpu,
  type ExplorerRun,
  type ExplorerTask,
  GROUP_COLUMNS,
  GROUP_TYPES,
  MOVE_COLUMNS,
  MOVE_KINDS,
  OUTCOMES,
  PASS_COLUMNS,
  PASS_KINDS,
  type PassColumn,
  SLICE_COLUMNS,
  STATES,
  WAIT_COLUMNS,
} from "./run.ts";

/** What a source knows of its run as a whole. */
export type RunFacts = Pick<
  ExplorerRun,
  "title" | "source" | "command" | "gaps" | "durationNs" | "migrationCostNs"
>;

interface Stretch {
  cpu: number;
  start: number;
}

/**
 * Puts the tables of a run together from what happens in it, in any source's words. Who runs and who waits is kept per task (E3):
 * a new stretch ends the one before it.
 */
export class RunBuilder {
  readonly slices = new TableRows(SLICE_COLUMNS);
  readonly waits = new TableRows(WAIT_COLUMNS);
  readonly moves = new TableRows(MOVE_COLUMNS);
  readonly decisions = new TableRows<DecisionColumn>(DECISION_COLUMNS);
  readonly passes = new TableRows<PassColumn>(PASS_COLUMNS);
  readonly groups = new TableRows(GROUP_COLUMNS);
  readonly tasks: ExplorerTask[] = [];
  private readonly cpus: ExplorerCpu[] = [];
  private readonly cpuIndex = new Map<number, number>();
  private readonly levels: string[] = [];
  private readonly cpuSets: (readonly number[])[] = [];
  private readonly setIndex = new Map<string, number>();
  private readonly running: (Stretch | undefined)[] = [];
  private readonly waiting: (Stretch | undefined)[] = [];

  /** @param known The lanes, where the source knows them all. */
  constructor(known: readonly ExplorerCpu[] = []) {
    for (const cpu of known) this.addCpu(cpu);
  }

  /** Index of the CPU with that number, which becomes a lane if it is none; -1 for an unknown one. */
  cpu(number: number | undefined): number {
    if (number === undefined || Number.isNaN(number) || number < 0) return -1;
    return this.cpuIndex.get(number) ?? this.addCpu({ number, core: -1, llc: -1, node: -1 });
  }

  level(name: string): number {
    const known = this.levels.indexOf(name);
    return known >= 0 ? known : this.levels.push(name) - 1;
  }

  addTask(pid: number, comm: string): number {
    return this.tasks.push({ pid, comm }) - 1;
  }

  runs(task: number, cpu: number, time: number): void {
    this.stopsWaiting(task, time);
    this.running[task] = { cpu, start: time };
  }

  stopsRunning(task: number, time: number, state: string): void {
    const stretch = this.running[task];
    if (stretch === undefined) return;
    this.running[task] = undefined;
    const { cpu, start } = stretch;
    const length = time - start;
    if (length > 0) this.slices.add({ cpu, task, start, length, state: STATES.indexOf(state as "R") });
  }

  waitsOn(task: number, cpu: number, time: number): void {
    this.stopsWaiting(task, time);
    this.waiting[task] = { cpu, start: time };
  }

  isWaiting(task: number): boolean {
    return this.waiting[task] !== undefined;
  }

  stopsWaiting(task: number, time: number): void {
    const stretch = this.waiting[task];
    if (stretch === undefined) return;
    this.waiting[task] = undefined;
    const { cpu, start } = stretch;
    if (time > start) this.waits.add({ cpu, task, start, length: time - start });
  }

  /** @returns The move's row. */
  move(task: number, from: number, to: number, kind: string, time: number): number {
    return this.moves.add({
      ...{ time, task, from, to, kind: MOVE_KINDS.indexOf(kind as "wakeup"), decision: -1 },
    });
  }

  /** A pass whose decisions are the last `decisionCount` ones. @returns The pass's row. */
  pass(pass: BalancePass, firstDecision: number): number {
    const firstGroup = this.groups.rows;
    for (const group of pass.groups)
      this.groups.add({
        ...{
          cpus: this.cpuSet(group.cpus),
          local: group.local ? 1 : 0,
          type: GROUP_TYPES.indexOf(group.type),
        },
        ...{ load: group.load, capacity: group.capacity, util: group.util, nrRunning: group.nrRunning },
        ...{ idleCpus: group.idleCpus, avgLoad: group.avgLoad },
      });
    const row = this.passes.rows;
    for (let i = firstDecision; i < this.decisions.rows; i++) this.decisions.set(i, "pass", row);
    return this.passes.add({
      time: pass.time,
      cpu: this.cpu(pass.cpu),
      byCpu: this.cpu(pass.byCpu),
      kind: PASS_KINDS.indexOf(pass.kind),
      level: this.level(pass.level),
      outcome: OUTCOMES.indexOf(pass.outcome),
      imbalance: pass.imbalance,
      type: migrationType(pass.migrationType),
      busiestGroup: pass.busiestGroup,
      busiestCpu: this.cpu(pass.busiestCpu),
      examined: pass.examined,
      moved: pass.moved,
      failedBefore: pass.failedBefore,
      failedAfter: pass.failedAfter,
      tries: pass.cacheNiceTries,
      intervalBefore: pass.intervalBefore,
      intervalAfter: pass.intervalAfter,
      firstDecision,
      decisionCount: this.decisions.rows - firstDecision,
      firstGroup,
      groupCount: this.groups.rows - firstGroup,
    });
  }

  /** What is under way ends with the run. */
  finish(facts: RunFacts): ExplorerRun {
    for (const task of this.tasks.keys()) {
      this.stopsRunning(task, facts.durationNs, "R");
      this.stopsWaiting(task, facts.durationNs);
    }
    return {
      ...facts,
      cpus: this.cpus,
      tasks: this.tasks,
      levels: this.levels,
      cpuSets: this.cpuSets,
      slices: this.slices.toTable("start"),
      waits: this.waits.toTable("start"),
      moves: this.moves.toTable("time"),
      decisions: this.decisions.toTable(),
      passes: this.passes.toTable(),
      groups: this.groups.toTable(),
    };
  }

  private addCpu(cpu: ExplorerCpu): number {
    this.cpuIndex.set(cpu.number, this.cpus.length);
    return this.cpus.push(cpu) - 1;
  }

  private cpuSet(cpus: readonly number[]): number {
    const key = cpus.join();
    let index = this.setIndex.get(key);
    if (index === undefined) {
      index = this.cpuSets.push(cpus) - 1;
      this.setIndex.set(key, index);
    }
    return index;
  }
}

export const reasonIndex = (name: string): number => (REASONS as readonly string[]).indexOf(name);
export const migrationType = (name: string): number => (MIGRATION_TYPES as readonly string[]).indexOf(name);
