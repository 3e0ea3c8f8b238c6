import type { Table } from "../data/columns.ts";
import { pack, unpack } from "../data/pack.ts";
import type { ExplorerCpu, ExplorerRun } from "../data/run.ts";
import { LaneLevels, partsOf } from "./levels.ts";
import { IndexedRun } from "./runs.ts";
import { mostTelling } from "./story.ts";

/** A run as it looks from afar: small enough to be shown while the rest is being read. */
export interface Overview extends Pick<ExplorerRun, "title" | "durationNs"> {
  cpus: readonly ExplorerCpu[];
  /** When the most telling forced migration was, ns; undefined: nobody was forced. */
  tellingNs?: number;
  /** By CPU: who runs, and how many wait. */
  lanes: readonly { levels: LaneLevels; waitLevels: LaneLevels }[];
}

/** Parts of a lane's time, and of all lanes together at most. */
const PARTS = 1024;
const MOST_PARTS = 2 ** 16;
/** A share is written as so many 255ths, and how many wait as so many 50ths, at most five. */
const BUSY = 255;
const WAITING = 50;

type Head = Omit<Overview, "lanes"> & { parts: number };

/** The overview of a run as bytes. */
export function packOverview(run: ExplorerRun): Uint8Array {
  const indexed = new IndexedRun(run);
  const { slicesOfCpu, waitsOfCpu } = indexed;
  const { title, durationNs, cpus } = run;
  const fitting = 2 ** Math.floor(Math.log2(MOST_PARTS / Math.max(1, cpus.length)));
  const parts = Math.max(1, Math.min(PARTS, fitting));
  const rows = cpus.length * parts;
  const table = {
    rows,
    busy: new Int32Array(rows),
    task: new Int32Array(rows),
    waiting: new Int32Array(rows),
  };
  const grid = { partNs: durationNs / parts, parts };
  for (const cpu of cpus.keys()) {
    const runs = partsOf(slicesOfCpu.of(cpu), run.slices, grid);
    const waits = partsOf(waitsOfCpu.of(cpu), run.waits, grid);
    table.task.set(runs.task, cpu * parts);
    for (let i = 0; i < parts; i++) {
      table.busy[cpu * parts + i] = Math.min(BUSY, Math.ceil(BUSY * runs.busy[i]));
      table.waiting[cpu * parts + i] = Math.min(255, Math.ceil(WAITING * waits.busy[i]));
    }
  }
  const telling = mostTelling(indexed);
  const tellingNs = telling === undefined ? undefined : run.decisions.time[telling];
  return pack({ title, durationNs, cpus, tellingNs, parts } satisfies Head, [table]);
}

/** The overview that packOverview() wrote. */
export function unpackOverview(bytes: Uint8Array): Overview {
  const {
    head: { parts, ...head },
    tables: [table],
  } = unpack<Head>(bytes);
  const { busy, task, waiting } = table as Table<"busy" | "task" | "waiting">;
  const partNs = head.durationNs / parts;
  const lanes = head.cpus.map((_, cpu) => {
    const of = (column: ArrayLike<number>, scale: number) =>
      Float32Array.from({ length: parts }, (_, i) => column[cpu * parts + i] / scale);
    const tasks = Int32Array.from({ length: parts }, (_, i) => task[cpu * parts + i]);
    return {
      levels: new LaneLevels({ busy: of(busy, BUSY), task: tasks }, partNs),
      waitLevels: new LaneLevels({ busy: of(waiting, WAITING), task: tasks }, partNs),
    };
  });
  return { ...head, lanes };
}
