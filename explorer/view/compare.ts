import type { ExplorerRun } from "../data/run.ts";
import type { IndexedRun } from "./runs.ts";

/** What a task had in a run. Times in ns. */
export interface TaskNumbers {
  runNs: number;
  waitNs: number;
  moves: number;
  forced: number;
}

/** A task of either run or both. */
export interface TaskPair {
  pid: number;
  comm: string;
  /** Index in each run; -1: not there. */
  a: number;
  b: number;
  numbersA?: TaskNumbers;
  numbersB?: TaskNumbers;
}

export function numbersOf({
  run,
  slicesOfTask,
  waitsOfTask,
  movesOfTask,
  forced,
}: IndexedRun): TaskNumbers[] {
  const forcedOf = new Int32Array(run.tasks.length);
  for (const decision of forced) forcedOf[run.decisions.task[decision]]++;
  const sum = (rows: Int32Array, of: ArrayLike<number>) => rows.reduce((total, row) => total + of[row], 0);
  return run.tasks.map((_, task) => ({
    runNs: sum(slicesOfTask.of(task), run.slices.length as ArrayLike<number>),
    waitNs: sum(waitsOfTask.of(task), run.waits.length as ArrayLike<number>),
    moves: movesOfTask.of(task).length,
    forced: forcedOf[task],
  }));
}

/** When the runs first differ in who is on a CPU, ns; undefined: as far as both go they do not. */
export function firstDifference(a: ExplorerRun, b: ExplorerRun): number | undefined {
  const [rows, other] = [switches(a), switches(b)];
  const common = Math.min(rows.length, other.length);
  for (let i = 0; i < common; i++) {
    const [x, y] = [rows[i], other[i]];
    if (x.time !== y.time || x.cpu !== y.cpu || x.task !== y.task) return Math.min(x.time, y.time);
  }
  const more = rows.length > common ? rows[common] : other[common];
  return more && more.time < Math.min(a.durationNs, b.durationNs) ? more.time : undefined;
}

/** Who comes to which CPU when, in one order for both runs. */
function switches({ slices, cpus, tasks }: ExplorerRun) {
  const rows = Array.from({ length: slices.rows }, (_, i) => ({
    time: slices.start[i],
    cpu: cpus[slices.cpu[i]]?.number ?? -1,
    task: `${tasks[slices.task[i]].pid} ${tasks[slices.task[i]].comm}`,
  }));
  return rows.sort((x, y) => x.time - y.time || x.cpu - y.cpu);
}

/** The tasks of both runs: the same by pid and name, and those of one name in their order where pids differ. */
export function pairTasks(a: IndexedRun, b: IndexedRun): TaskPair[] {
  const [numbersA, numbersB] = [numbersOf(a), numbersOf(b)];
  const free = new Set(b.run.tasks.keys());
  const byKey = (key: (task: { pid: number; comm: string }) => string) => {
    const found = new Map<string, number[]>();
    for (const i of free) {
      const own = key(b.run.tasks[i]);
      found.set(own, [...(found.get(own) ?? []), i]);
    }
    return found;
  };
  const partner = new Map<number, number>();
  for (const key of [
    ({ pid, comm }: { pid: number; comm: string }) => `${pid} ${comm}`,
    ({ comm }: { comm: string }) => comm,
  ]) {
    const there = byKey(key);
    for (const [i, task] of a.run.tasks.entries()) {
      if (partner.has(i)) continue;
      const found = there.get(key(task))?.shift();
      if (found === undefined) continue;
      partner.set(i, found);
      free.delete(found);
    }
  }
  const pairs = a.run.tasks.map((task, i): TaskPair => {
    const other = partner.get(i) ?? -1;
    return { ...task, a: i, b: other, numbersA: numbersA[i], numbersB: numbersB[other] };
  });
  return [...pairs, ...[...free].map((i) => ({ ...b.run.tasks[i], a: -1, b: i, numbersB: numbersB[i] }))];
}
