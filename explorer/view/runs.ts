import { REASONS } from "../../traces/schema.ts";
import type { Column } from "../data/columns.ts";
import type { ExplorerRun } from "../data/run.ts";

const FORCED = REASONS.indexOf("forced");

/** Rows of a table in groups (CPUs, tasks), each in the order of the table: rows[first[g]] .. rows[first[g + 1] - 1]. */
export class Grouped {
  readonly first: Int32Array;
  readonly rows: Int32Array;

  /** @param key Group of each row; -1: in none. */
  constructor(key: Column, groups: number) {
    this.first = new Int32Array(groups + 1);
    for (const group of key) if (group >= 0) this.first[group + 1]++;
    for (let group = 0; group < groups; group++) this.first[group + 1] += this.first[group];
    this.rows = new Int32Array(this.first[groups]);
    const next = this.first.slice();
    for (let row = 0; row < key.length; row++) if (key[row] >= 0) this.rows[next[key[row]]++] = row;
  }

  of(group: number): Int32Array {
    return this.rows.subarray(this.first[group], this.first[group + 1]);
  }
}

/** The first place in `rows` (ascending by `key`) whose key is at least `value`. */
export function firstAt(rows: Int32Array, key: Column, value: number): number {
  let [low, high] = [0, rows.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (key[rows[middle]] < value) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** A run, and who did what in it. */
export class IndexedRun {
  readonly run: ExplorerRun;
  readonly slicesOfCpu: Grouped;
  readonly slicesOfTask: Grouped;
  readonly waitsOfCpu: Grouped;
  readonly waitsOfTask: Grouped;
  readonly movesOfTask: Grouped;
  readonly decisionsOfTask: Grouped;
  readonly passesOfCpu: Grouped;
  /** Decisions by which tasks were really forced, in the order of time. */
  readonly forced: Int32Array;
  private readonly passesOfDomain = new Map<number, number[]>();

  constructor(run: ExplorerRun) {
    this.run = run;
    const [cpus, tasks] = [run.cpus.length, run.tasks.length];
    const { decisions, passes } = run;
    this.slicesOfCpu = new Grouped(run.slices.cpu, cpus);
    this.slicesOfTask = new Grouped(run.slices.task, tasks);
    this.waitsOfCpu = new Grouped(run.waits.cpu, cpus);
    this.waitsOfTask = new Grouped(run.waits.task, tasks);
    this.movesOfTask = new Grouped(run.moves.task, tasks);
    this.decisionsOfTask = new Grouped(decisions.task, tasks);
    this.passesOfCpu = new Grouped(passes.cpu, cpus);
    const all = Int32Array.from({ length: decisions.rows }, (_, i) => i);
    this.forced = all.filter((i) => decisions.reason[i] === FORCED && decisions.detached[i] !== 0);
    for (let pass = 0; pass < passes.rows; pass++) {
      const domain = this.domainOf(pass);
      const own = this.passesOfDomain.get(domain);
      if (own === undefined) this.passesOfDomain.set(domain, [pass]);
      else own.push(pass);
    }
  }

  /** The passes of the pass's CPU over the same domain, in the order of time. */
  passesLike(pass: number): readonly number[] {
    return this.passesOfDomain.get(this.domainOf(pass))!;
  }

  private domainOf(pass: number): number {
    return this.run.passes.cpu[pass] * 256 + this.run.passes.level[pass];
  }
}
