import { HEADER, INPUT, LAYER, LAYER_ARRAYS, NODE } from "../model/nt-layout.ts";
import type { Field } from "../model/struct.ts";
import { markdownTable } from "./markdown.ts";

interface Layout {
  fields: Readonly<Record<string, Field>>;
  at: Readonly<Record<string, number>>;
}

const typeOf = (field: Field): string =>
  field.type !== "bytes" ? field.type : `${field.length} byte${field.length === 1 ? "" : "s"}`;

function table({ fields, at }: Layout, more: readonly (readonly string[])[] = []): string {
  const rows = Object.entries(fields).map(([name, field]) => [
    String(at[name]),
    typeOf(field),
    field.title,
    field.rule,
  ]);
  return markdownTable(["offset", "type", "field", "rule"], [...rows, ...more], "r");
}

/** The tables of docs/model-file.md, by their marks. */
export const modelFileTables: Readonly<Record<string, () => string>> = {
  header: () => table(HEADER),
  inputs: () => table(INPUT),
  layers: () =>
    table(
      LAYER,
      LAYER_ARRAYS.map(([type, title, rule], i) => [i === 0 ? String(LAYER.size) : "", type, title, rule]),
    ),
  nodes: () => table(NODE),
};
