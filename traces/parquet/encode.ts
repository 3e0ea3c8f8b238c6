import type { ColumnSource } from "hyparquet-writer";
import { fileColumns, type NumericColumn, type Target, type TextColumn, type TraceTable } from "../schema.ts";
import { isTextColumn, labelColumn, physicalType } from "./layout.ts";

/** Clocks hardly repeat a value, but grow: their differences take fewer bits than numbers or a dictionary. */
const CLOCKS: ReadonlySet<string> = new Set<NumericColumn>(["ts", "start_runtime", "task_vruntime", "delta"]);

/** The columns of a row group as hyparquet-writer takes them; unknowns become nulls. Other numbers than S1 allows are our own bug: an Error. */
export function columnSources(
  table: TraceTable,
  targets: readonly Target[],
  labels: readonly Uint8Array[],
  runs: boolean,
): ColumnSource[] {
  return [
    ...fileColumns(runs).map(
      (name): ColumnSource =>
        isTextColumn(name)
          ? { name, data: table.text[name as TextColumn].map((text) => text || null), offsetIndex: false }
          : numberSource(name as NumericColumn, table.numeric[name as NumericColumn]),
    ),
    ...targets.map(
      (target, c): ColumnSource => ({
        name: labelColumn(target),
        data: Int32Array.from(labels[c]),
        offsetIndex: false,
      }),
    ),
  ];
}

function numberSource(name: NumericColumn, values: Float64Array): ColumnSource {
  const wide = physicalType(name) === "INT64";
  const limit = wide ? 2 ** 53 : 2 ** 31 - 1;
  let unknown = 0;
  for (let i = 0; i < values.length; i++) {
    const value = values[i];
    if (Number.isNaN(value)) unknown++;
    else if (!(Number.isInteger(value) && Math.abs(value) <= limit))
      throw new Error(`column ${name}: ${value} is no integer within ±${limit} (row ${i})`);
  }
  const encoding = CLOCKS.has(name) ? ("DELTA_BINARY_PACKED" as const) : undefined;
  return {
    name,
    data: wide ? wideData(values, unknown) : narrowData(values, unknown),
    encoding,
    offsetIndex: false,
  };
}

function wideData(values: Float64Array, unknown: number): BigInt64Array | (bigint | null)[] {
  if (unknown > 0) return Array.from(values, (value) => (Number.isNaN(value) ? null : BigInt(value)));
  const data = new BigInt64Array(values.length);
  for (let i = 0; i < values.length; i++) data[i] = BigInt(values[i]);
  return data;
}

function narrowData(values: Float64Array, unknown: number): Int32Array | (number | null)[] {
  if (unknown > 0) return Array.from(values, (value) => (Number.isNaN(value) ? null : value));
  return Int32Array.from(values);
}
