import { basename } from "node:path";
import { InputError } from "./input-error.ts";
import { sumOfLost } from "./metadata.ts";
import { joinedParts, rootOf } from "./parts.ts";
import { openTrace, type TraceSource } from "./read-trace.ts";
import { RowCursor } from "./row-cursor.ts";
import { metaOfRun } from "./runs.ts";
import type { TraceMetadata, TraceRow } from "./schema.ts";
import { rowAt } from "./table.ts";
import { writeAll } from "./write-all.ts";

export interface MergeOptions {
  /** All files are parts of one recording, whatever their metadata say: one history, no runs. */
  oneRecording?: boolean;
}

/**
 * Several traces as one, in the order of their clocks (rows with equal clocks in the order of the files). Different
 * recordings stay apart by the column `run`, which bears the name of the file that a row comes from; parts of one
 * recording (parts.ts) become one again. Traces of different machines, kernels or tunables are refused: the rule could
 * not replay their decisions.
 *
 * Invariant G1: labels of the merged trace are those of the recordings by themselves (L6 of label.ts).
 */
export async function mergeTraces(
  inPaths: readonly string[],
  outPath: string,
  { oneRecording = false }: MergeOptions = {},
): Promise<number> {
  const sources = inPaths.map((path) => openTrace(path));
  refuseOtherConditions(sources);
  const recordings = oneRecording ? [sources] : groupParts(sources);
  const meta = oneRecording ? commonMetadata(sources) : mergedMetadata(recordings);
  const names = recordings.length > 1 ? new RunNames(recordings) : undefined;
  const cursors = recordings.flatMap((parts, recording) =>
    parts.map((source) => ({ cursor: new RowCursor(source), recording, place: sources.indexOf(source) })),
  );
  cursors.sort((a, b) => a.place - b.place);
  return writeAll(outPath, meta, async (writer) => {
    try {
      for (const { cursor } of cursors) await cursor.advance();
      const row = {} as TraceRow;
      for (;;) {
        let next: (typeof cursors)[number] | undefined;
        for (const each of cursors)
          if (each.cursor.table && !(next && next.cursor.clock <= each.cursor.clock)) next = each;
        if (!next?.cursor.table) break;
        rowAt(next.cursor.table, next.cursor.at, row);
        if (names) row.run = names.of(next.recording, row.run ?? "");
        writer.append(row);
        await next.cursor.advance();
      }
    } finally {
      for (const { cursor } of cursors) await cursor.close();
    }
    if (names) meta.runs = names.metadata(meta); // runs without metadata show only in their rows
  });
}

/** The files of each recording, in the order in which the recordings are first met. */
function groupParts(sources: readonly TraceSource[]): TraceSource[][] {
  const groups = new Map<string, TraceSource[]>();
  sources.forEach((source, i) => {
    const key = rootOf(source.meta) ?? `file ${i}`;
    groups.set(key, [...(groups.get(key) ?? []), source]);
  });
  return [...groups.values()];
}

/**
 * Names of runs, none twice: a recording is called as its (first) file is; runs that a file tells apart already keep
 * their names. Where a name is taken by another recording, a number is put behind it.
 */
class RunNames {
  private readonly taken = new Set<string>();
  /** For each recording: the new names of its runs. */
  private readonly names: Map<string, string>[];
  private readonly metas: TraceMetadata[];

  constructor(recordings: readonly (readonly TraceSource[])[]) {
    this.metas = recordings.map((parts) => joinedParts(parts.map(({ meta }) => meta)));
    this.names = recordings.map(([first], i) => {
      const stem = basename(first.path).replace(/(\.parquet|(\.csv)?(\.gz)?)$/, "");
      const named = Object.keys(this.metas[i].runs ?? {});
      return new Map(named.length > 0 ? named.map((run) => [run, this.take(run)]) : [["", this.take(stem)]]);
    });
  }

  of(recording: number, run: string): string {
    const known = this.names[recording].get(run);
    if (known !== undefined) return known;
    const name = this.take(run || "run");
    this.names[recording].set(run, name);
    return name;
  }

  /** For each run what its metadata say otherwise than those of the merged file. */
  metadata(merged: TraceMetadata): Record<string, Partial<TraceMetadata>> {
    const runs: [string, Partial<TraceMetadata>][] = this.names.flatMap((names, i) =>
      [...names].map(([old, name]) => {
        const own = Object.entries(metaOfRun(this.metas[i], old)).filter(
          ([field, value]) =>
            field !== "runs" &&
            JSON.stringify(value) !== JSON.stringify(merged[field as keyof TraceMetadata]),
        );
        return [name, Object.fromEntries(own)];
      }),
    );
    return Object.fromEntries(runs);
  }

  private take(name: string): string {
    let free = name;
    for (let n = 2; this.taken.has(free); n++) free = `${name}-${n}`;
    this.taken.add(free);
    return free;
  }
}

function refuseOtherConditions([first, ...others]: readonly TraceSource[]): void {
  for (const { meta, path } of others)
    for (const field of ["source", "kernel", "chip", "tunables"] as const) {
      const text = (value: unknown) => (typeof value === "string" ? value : JSON.stringify(value));
      const [found, expected] = [text(meta[field]), text(first.meta[field])];
      if (found !== expected)
        throw new InputError("the traces were not made under the same conditions", {
          file: path,
          field,
          found,
          expected: `${expected} as in ${first.path}`,
          code: "other-conditions",
          hint: "Keep them apart: training and judging take several traces. What was only not recorded can be said when a recording is imported.",
        });
    }
}

function mergedMetadata(recordings: readonly (readonly TraceSource[])[]): TraceMetadata {
  const metas = recordings.map((parts) => joinedParts(parts.map(({ meta }) => meta)));
  if (metas.length === 1) return metas[0];
  const [first] = metas;
  // what only one of the recordings is, the merged file is not
  const notes = Object.entries(first.notes).filter(([name, text]) =>
    metas.every((m) => m.notes[name] === text),
  );
  return { ...joined(metas), notes: Object.fromEntries(notes), runs: undefined };
}

/** The metadata of files that are one recording because the user says so. */
const commonMetadata = (sources: readonly TraceSource[]): TraceMetadata =>
  joined(sources.map(({ meta }) => meta));

/** What all of them are, if they are all the same. */
function common<T>(values: readonly T[]): T | undefined {
  return values.every((value) => JSON.stringify(value) === JSON.stringify(values[0])) ? values[0] : undefined;
}

function joined(metas: readonly TraceMetadata[]): TraceMetadata {
  const join = (field: "workload" | "workloadHash" | "tool") =>
    [...new Set(metas.map((meta) => meta[field]))].join(" + ");
  const seeds = new Set(metas.map(({ seed }) => seed));
  return {
    ...metas[0],
    workload: join("workload"),
    workloadHash: join("workloadHash"),
    tool: join("tool"),
    seed: seeds.size === 1 ? metas[0].seed : null,
    made: common(metas.map(({ made }) => made)),
    changes: common(metas.map(({ changes }) => changes)),
    lostRecords: sumOfLost(metas.map((meta) => meta.lostRecords)),
  };
}
