/** Tables of the documentation that repeat what the code declares. */
import { ADAPT_PARAMETERS } from "../adapt/parameters.ts";
import { METRICS } from "../lab/sweep/metrics.ts";
import { HARDWARE_PARAMETERS } from "../sim/chip/hardware.ts";
import { MODELS } from "../sim/workload/models/catalogue.ts";
import { formatDuration } from "../traces/quantity.ts";
import {
  FILE_ORDER,
  NUMERIC_COLUMNS,
  NUMERIC_NAMES,
  specOf,
  TEXT_COLUMNS,
  TEXT_NAMES,
} from "../traces/schema.ts";
import { markdownTable } from "./markdown.ts";

const code = (name: string) => `\`${name}\``;

/** The columns of a trace in file order. */
export function columnTable(): string {
  const rows = FILE_ORDER.map((name) => {
    if (name in TEXT_COLUMNS) return [code(name), "text", "", TEXT_COLUMNS[name as "comm"].about];
    const { kind, unit, about } = NUMERIC_COLUMNS[name as "pid"];
    return [code(name), kind, unit, about];
  });
  return markdownTable(["column", "kind", "unit", "meaning"], rows, "llll");
}

/** What sweeps keep of each simulation. */
export const metricTable = (): string =>
  markdownTable(
    ["metric", "unit", "better", "meaning"],
    Object.entries(METRICS).map(([name, { unit, better, about }]) => [code(name), unit, better ?? "", about]),
    "llll",
  );

/** The simulator's row: fields written out. */
export function decisionRow(): string {
  const fields = [
    ...NUMERIC_NAMES.map((name) => `  ${name} = ${specOf(name).wide ? "D0" : "0"};`),
    ...TEXT_NAMES.map((name) => `  ${name} = "";`),
  ];
  return `// Generated from traces/schema.ts by \`npm run generate\`; do not edit.
import type { TraceRow } from "../../traces/schema.ts";
import { D0 } from "../lib/arithmetic.ts";

/**
 * The trace row of a can_migrate_task() call, reused for all calls. Written out: an object filled key by key from the
 * schema's names is a hash table to V8, and fields that begin as small integers box every clock stored in them later.
 */
export class DecisionRow implements TraceRow {
${fields.join("\n")}
}
`;
}

/** The parameters of each benchmark model, by its name. */
export const modelTables: Readonly<Record<string, () => string>> = Object.fromEntries(
  MODELS.map((model) => [
    model.name,
    () =>
      markdownTable(
        ["parameter", "default", "unit", "meaning", "source"],
        Object.entries(model.parameters).map(([name, p]) => [
          code(name),
          String(p.value),
          p.unit,
          p.about,
          p.source,
        ]),
        "lrlll",
      ),
  ]),
);

/** What can be set of adapting. */
export function adaptTable(): string {
  const rows = Object.entries(ADAPT_PARAMETERS).map(([name, p]) => {
    const text = (value: number) => (p.unit === "ns" ? formatDuration(value) : String(value));
    return [
      ...[code(name), text(p.value), p.unit === "ns" ? "" : p.unit],
      ...[`${text(p.min)} to ${text(p.max)}`, p.about],
    ];
  });
  return markdownTable(["parameter", "default", "unit", "range", "meaning"], rows, "lrlll");
}

/** What the simulated machine costs. */
export function hardwareTable(): string {
  const rows = Object.entries(HARDWARE_PARAMETERS).map(([name, p]) => [
    code(name),
    String(p.value),
    p.unit,
    String(p.off),
    p.about,
    p.source,
  ]);
  return markdownTable(["parameter", "default", "unit", "off", "meaning", "source"], rows, "lrlrll");
}
