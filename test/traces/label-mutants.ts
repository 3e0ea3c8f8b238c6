import { labelTable } from "../../traces/label.ts";
import type { TraceTable } from "../../traces/schema.ts";
import type { Labeller } from "./label-properties.ts";

/**
 * Labellers with one fault each, and the properties that must find it. They are written apart from the labeller, as the
 * plainest code with the fault in it, so that a fault of theirs is not a fault of the labeller.
 */
export interface Mutant {
  name: string;
  labeller: Labeller;
  /** Properties (names of label-properties.ts) that must fail. */
  killedBy: readonly string[];
}

interface Options {
  key?: (t: TraceTable, i: number, life: number) => string;
  isForced?: (t: TraceTable, i: number) => boolean;
  /** May record `i` be labelled by a forced record `j`? */
  reaches?: (i: number, j: number) => boolean;
  lives?: boolean;
  lateOpens?: boolean;
}

/** The plain labeller: quadratic, with strings for keys. */
function plain(o: Options = {}): (t: TraceTable) => Uint8Array {
  const key =
    o.key ??
    ((t, i, life) =>
      [
        t.text.run[i],
        t.numeric.pid[i],
        life,
        t.numeric.src_cpu[i],
        t.numeric.dst_cpu[i],
        t.numeric.task_nr_migrations[i],
      ].join());
  const isForced = o.isForced ?? ((t, i) => t.numeric.migration[i] === 2);
  return (t) => {
    const lives = o.lives === false ? new Array<number>(t.rows).fill(0) : livesOf(t, o.lateOpens ?? false);
    const keys = lives.map((life, i) => key(t, i, life));
    return Uint8Array.from(keys, (k, i) =>
      keys.some((other, j) => other === k && isForced(t, j) && (o.reaches?.(i, j) ?? true)) ? 1 : 0,
    );
  };
}

function livesOf(t: TraceTable, lateOpens: boolean): number[] {
  const state = new Map<string, { life: number; most: number; ts: number }>();
  return Array.from({ length: t.rows }, (_, i) => {
    const nr = t.numeric.task_nr_migrations[i];
    const ts = t.numeric.ts[i];
    const task = `${t.text.run[i]} ${t.numeric.pid[i]}`;
    const s = state.get(task) ?? { life: 0, most: -1, ts: -1 };
    state.set(task, s);
    if (ts >= s.ts || lateOpens) {
      if (nr < s.most) s.life++;
      s.most = nr < s.most ? nr : Math.max(s.most, nr);
      s.ts = Math.max(s.ts, ts);
    }
    return s.life;
  });
}

/** Streaming as it should be done, around any batch labeller: labels of the whole, cut at the borders of the chunks. */
function cutAfter(
  batch: (t: TraceTable) => Uint8Array,
  join: (c: readonly TraceTable[]) => TraceTable,
): Labeller {
  return {
    batch,
    stream(chunks) {
      const labels = batch(join(chunks));
      let at = 0;
      return chunks.map((chunk) => {
        at += chunk.rows;
        return labels.slice(at - chunk.rows, at);
      });
    },
  };
}

export function mutants(join: (chunks: readonly TraceTable[]) => TraceTable): Mutant[] {
  const column = (...names: ("pid" | "src_cpu" | "dst_cpu" | "task_nr_migrations")[]) => ({
    key: (t: TraceTable, i: number, life: number) => [life, ...names.map((n) => t.numeric[n][i])].join(),
  });
  const mutant = (name: string, o: Options, ...killedBy: string[]): Mutant => ({
    name,
    labeller: cutAfter(plain(o), join),
    killedBy,
  });
  const IFF = "a record is labelled if and only if some forced record has its key";
  let calls = 0;
  return [
    mutant("forgets the destination in the key", column("pid", "src_cpu", "task_nr_migrations"), IFF),
    mutant("forgets the source in the key", column("pid", "dst_cpu", "task_nr_migrations"), IFF),
    mutant("forgets the number of migrations in the key", column("pid", "src_cpu", "dst_cpu"), IFF),
    mutant(
      "forgets the pid in the key",
      column("src_cpu", "dst_cpu", "task_nr_migrations"),
      IFF,
      "traces of disjoint pids label apart or together alike",
    ),
    mutant(
      "forgets the run in the key",
      column("pid", "src_cpu", "dst_cpu", "task_nr_migrations"),
      "each run of a trace is labelled as if it were a trace of its own",
    ),
    mutant(
      "cuts the number of migrations to 32 bits",
      {
        key: (t, i, life) =>
          [
            t.numeric.pid[i],
            life,
            t.numeric.src_cpu[i],
            t.numeric.dst_cpu[i],
            t.numeric.task_nr_migrations[i] | 0,
          ].join(),
      },
      IFF,
    ),
    mutant(
      "labels only what comes before the forced record",
      { reaches: (i, j) => i < j },
      "each forced record carries the label",
      IFF,
    ),
    mutant(
      "labels only up to the forced record",
      { reaches: (i, j) => i <= j },
      "a forced record labels its whole history, wherever in the history it stands",
      IFF,
    ),
    mutant("labels the forced record alone", { reaches: (i, j) => i === j }, IFF),
    mutant(
      "reaches back a limited number of records",
      { reaches: (i, j) => Math.abs(i - j) < 4 },
      "how the calls of different pids are interleaved does not matter",
      "within one life, how calls of different keys are interleaved does not matter",
    ),
    mutant(
      "takes every migration for a forced one",
      { isForced: (t, i) => t.numeric.migration[i] >= 1 },
      "only forced records start a history",
    ),
    mutant(
      "never tells lives apart",
      { lives: false },
      "histories before and after a reuse of their pid are told apart",
    ),
    mutant(
      "takes late records for new lives",
      { lateOpens: true },
      "records that come late open no new life",
    ),
    {
      name: "forgets what it knows at the border of a chunk",
      labeller: {
        batch: (t) => labelTable(t, "forced_eventually"),
        stream: (chunks) =>
          chunks.map((c) => (c.rows === 0 ? new Uint8Array(0) : labelTable(c, "forced_eventually"))),
      },
      killedBy: ["streaming and batch agree, wherever the chunks are cut"],
    },
    {
      name: "keeps the forced keys of the last trace",
      labeller: cutAfter((t) => {
        const labels = plain()(t);
        calls++;
        return calls % 2 === 0
          ? labels
          : labels.map((l, i) => (t.numeric.pid[i] === 1 && i % 2 === 0 ? 1 : l));
      }, join),
      killedBy: [
        "labelling twice gives the labels of labelling once",
        "a trip through Parquet changes no label",
      ],
    },
    {
      name: "marks the rows it has seen in the table",
      labeller: cutAfter((t) => {
        const labels = plain()(t);
        t.numeric.migration.forEach((m, i) => {
          if (labels[i] === 1 && m === 0) t.numeric.migration[i] = 2;
        });
        return labels;
      }, join),
      killedBy: ["labelling twice gives the labels of labelling once"],
    },
  ];
}

/** The plain labeller without a fault: the mutants' own base must have every property. */
export const plainLabeller = (join: (chunks: readonly TraceTable[]) => TraceTable): Labeller =>
  cutAfter(plain(), join);
