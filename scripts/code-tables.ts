/** Tables of the documentation that repeat what the code declares. */
import { HARDWARE_PARAMETERS } from "../sim/chip/hardware.ts";
import { MODELS } from "../sim/workload/models/catalogue.ts";
import { FILE_ORDER, NUMERIC_COLUMNS, TEXT_COLUMNS } from "../traces/schema.ts";
import { markdownTable } from "./markdown.ts";

const code = (name: string) => `\`${name}\``;

/** The columns of a trace in file order. */
export function columnTable(): string {
  const rows = FILE_ORDER.map((name) => {
    if (name in TEXT_COLUMNS) return [code(name), "text", "", TEXT_COLUMNS[name as "comm"]];
    const { kind, unit, about } = NUMERIC_COLUMNS[name as "pid"];
    return [code(name), kind, unit, about];
  });
  return markdownTable(["column", "kind", "unit", "meaning"], rows, "llll");
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
