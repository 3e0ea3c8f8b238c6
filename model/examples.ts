/**
 * Labelled examples from one or several traces: columns of transformed integers, ready for statistics and scaling.
 *
 * Invariants:
 *  X1. columns[j][r] is T of feature j in row r (model/transform.ts, before saturation), or NaN where the trace does not
 *      know the value or the feature's type cannot hold it (a negative number in an unsigned word).
 *  X2. Rows stand in the order of the tables and of their rows; `run[r]` is the index of the row's table.
 */
import { InputError, type InputErrorDetails } from "../traces/input-error.ts";
import { labelTable } from "../traces/label.ts";
import type { Target, TraceMetadata, TraceTable } from "../traces/schema.ts";
import { type FeatureSpec, featureName } from "./feature-sets.ts";
import { featureColumn } from "./feature-values.ts";
import { featureByName } from "./features.ts";
import { applyTransform } from "./transform.ts";
import { UnlearnableError } from "./unlearnable.ts";

export interface Examples {
  readonly rows: number;
  readonly specs: readonly FeatureSpec[];
  readonly columns: readonly Float64Array[];
  /** 1 = positive. */
  readonly labels: Uint8Array;
  /** Table index of each row. */
  readonly run: Uint32Array;
  /** Time of each row on its table's clock, ns; NaN where the trace does not say. */
  readonly clock: Float64Array;
  /** One per table. */
  readonly metas: readonly TraceMetadata[];
}

const LEAVE_OUT = { code: "unknown-when-training", hint: "Leave it out, or give a trace that has it." };

/**
 * @param labels One array per table; by default the labels that traces/label.ts derives.
 * @throws InputError when there are no rows, or when a wanted column is unknown in every row.
 */
export function examplesFrom(
  tables: readonly TraceTable[],
  target: Target,
  specs: readonly FeatureSpec[],
  labels: readonly Uint8Array[] = tables.map((t) => labelTable(t, target)),
): Examples {
  const { rows, run, clock, metas } = examplesRuns(tables);
  if (rows === 0) {
    throw new UnlearnableError("the traces hold no rows", {
      found: tables.length === 1 ? "an empty trace" : `${tables.length} empty traces`,
      expected: "at least one can_migrate_task record",
      code: "no-rows",
      hint: "Record or simulate for longer.",
    });
  }
  const joined = new Uint8Array(rows);
  let at = 0;
  tables.forEach((table, index) => {
    joined.set(labels[index].subarray(0, table.rows), at);
    at += table.rows;
  });
  const columns = specs.map((spec) => transformColumn(tables, spec, rows, LEAVE_OUT));
  return { rows, specs, columns, labels: joined, run, clock, metas };
}

/** The part of examples that splits look at. */
export type ExampleRuns = Pick<Examples, "rows" | "run" | "clock" | "metas">;

export function examplesRuns(tables: readonly TraceTable[]): ExampleRuns {
  const rows = tables.reduce((sum, t) => sum + t.rows, 0);
  const run = new Uint32Array(rows);
  const clock = new Float64Array(rows);
  let at = 0;
  tables.forEach((table, index) => {
    run.fill(index, at, at + table.rows);
    clock.set(table.numeric.ts.subarray(0, table.rows), at);
    at += table.rows;
  });
  return { rows, run, clock, metas: tables.map((t) => t.meta) };
}

/**
 * T of one feature over all tables (X1).
 * @param advice What to do where no trace knows the column.
 */
export function transformColumn(
  tables: readonly TraceTable[],
  spec: FeatureSpec,
  rows: number,
  advice: Pick<InputErrorDetails, "code" | "hint">,
): Float64Array {
  const out = new Float64Array(rows);
  const unsigned = featureByName(spec.feature)?.type !== "s64";
  let at = 0;
  let known = 0;
  for (const table of tables) {
    const from = featureColumn(table, spec.feature);
    for (let r = 0; r < table.rows; r++, at++) {
      const value = from[r];
      if (Number.isNaN(value) || (unsigned && value < 0)) {
        out[at] = Number.NaN;
      } else {
        out[at] = applyTransform(spec.transform, spec.clipLow, spec.clipHigh, value);
        known++;
      }
    }
  }
  if (known === 0) {
    throw new InputError("the traces do not know a column the model needs", {
      field: featureName(spec),
      found: `no value in ${rows} rows`,
      expected: "a number in at least some rows",
      ...advice,
    });
  }
  return out;
}
