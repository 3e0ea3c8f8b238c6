import type { Column } from "../data/columns.ts";

/**
 * A lane at every zoom: the lane's time in equal parts, in each the share that somebody ran and who ran longest; then parts of twice
 * that length, and so on. A frame reads about one part per pixel, however many slices there are.
 *
 *  V1. Level k has parts of `partNs << k`; of the finest there are about two slices in one.
 *  V2. `busy` is the exact share of the part, `task` the one that ran longest in it at the finest level, and above the task of the
 *      busier half: -1 where nobody ran.
 */
export class LaneLevels {
  readonly partNs: number;
  readonly busy: Float32Array[] = [];
  readonly task: Int32Array[] = [];

  /** @param finest Of a number of parts that is a power of two. */
  constructor(finest: Parts, partNs: number) {
    this.partNs = partNs;
    this.add(finest.busy, finest.task);
  }

  /** The coarsest level whose parts are no longer than `ns`; -1: even the finest ones are. */
  levelFor(ns: number): number {
    return ns < this.partNs ? -1 : Math.min(this.busy.length - 1, Math.floor(Math.log2(ns / this.partNs)));
  }

  private add(busy: Float32Array, task: Int32Array): void {
    this.busy.push(busy);
    this.task.push(task);
    if (busy.length === 1) return;
    const half = busy.length / 2;
    const above = new Float32Array(half);
    const tasks = new Int32Array(half);
    for (let i = 0; i < half; i++) {
      above[i] = (busy[2 * i] + busy[2 * i + 1]) / 2;
      tasks[i] = busy[2 * i] >= busy[2 * i + 1] ? task[2 * i] : task[2 * i + 1];
    }
    this.add(above, tasks);
  }
}

/** Equal parts of a lane's time. */
export interface Parts {
  /** The share of each that somebody ran; of waiting: how many did, on average. */
  busy: Float32Array;
  /** Who did so longest; -1: nobody. */
  task: Int32Array;
}

type Stretches = { start: Column; length: Column; task: Column };

/** Stretches of a lane by `parts` equal parts of the time. */
export function partsOf(
  rows: Int32Array,
  columns: Stretches,
  { partNs, parts }: { partNs: number; parts: number },
): Parts {
  const busy = new Float32Array(parts);
  const longest = new Float32Array(parts);
  const task = new Int32Array(parts).fill(-1);
  for (const row of rows) {
    // in parts, not ns
    const from = columns.start[row] / partNs;
    const to = from + columns.length[row] / partNs;
    const own = columns.task[row];
    for (let part = Math.floor(from); part < to && part < parts; part++) {
      const share = Math.min(to, part + 1) - Math.max(from, part);
      busy[part] += share;
      if (share > longest[part]) {
        longest[part] = share;
        task[part] = own;
      }
    }
  }
  return { busy, task };
}

/** The levels of a lane whose stretches are these. */
export function levelsOf(rows: Int32Array, columns: Stretches, durationNs: number): LaneLevels {
  const parts = 2 ** Math.max(0, Math.ceil(Math.log2(Math.max(1, rows.length / 2))));
  const partNs = durationNs / parts;
  return new LaneLevels(partsOf(rows, columns, { partNs, parts }), partNs);
}

/** How many wait on a lane: the number changes at `times`, and is `counts` from there on. */
export interface Waiting {
  times: Float64Array;
  counts: Int32Array;
}

/** From the stretches of waiting on a lane, ascending by start. */
export function waitingOf(rows: Int32Array, { start, length }: { start: Column; length: Column }): Waiting {
  const ends = new Float64Array(rows.length);
  for (let i = 0; i < rows.length; i++) ends[i] = start[rows[i]] + length[rows[i]];
  ends.sort();
  const times = new Float64Array(2 * rows.length);
  const counts = new Int32Array(2 * rows.length);
  let [begun, ended, n] = [0, 0, 0];
  while (ended < ends.length) {
    const begin = begun < rows.length ? start[rows[begun]] : Number.POSITIVE_INFINITY;
    const time = Math.min(begin, ends[ended]);
    while (ended < ends.length && ends[ended] === time) ended++;
    while (begun < rows.length && start[rows[begun]] === time) begun++;
    times[n] = time;
    counts[n++] = begun - ended;
  }
  return { times: times.subarray(0, n), counts: counts.subarray(0, n) };
}
