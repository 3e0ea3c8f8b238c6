/** The tables of docs/experiments.md. */
import { EXPERIMENT_NAMES } from "../lab/experiments/catalogue.ts";
import { cellText, type ExperimentResults, type ResultTable } from "../lab/experiments/table.ts";
import { isStored, storedResults } from "./experiments.ts";
import { markdownTable } from "./markdown.ts";

/** A table as Markdown; columns of numbers are aligned to the right. */
export function experimentTable({ columns, rows }: ResultTable): string {
  const lines = rows.map((row) => row.map((cell, i) => cellText(cell, columns[i])));
  const isText = (i: number) => rows.every((row) => typeof row[i] === "string" || row[i] === null);
  return markdownTable(
    columns.map(({ name }) => name),
    lines,
    columns.map((_, i) => (isText(i) ? "l" : "r")).join(""),
  );
}

const section = (table: ResultTable): string => {
  const notes = table.notes.map((note) => `- ${note}`).join("\n");
  return [`### ${table.title}`, experimentTable(table), ...(notes === "" ? [] : [notes])].join("\n\n");
};

const page = ({ about, command, tables }: ExperimentResults): string =>
  [`${about[0].toUpperCase()}${about.slice(1)}. Made by \`${command}\`.`, ...tables.map(section)].join(
    "\n\n",
  );

/** All tables of each experiment, by its name. */
export const experimentTables: Readonly<Record<string, () => string>> = Object.fromEntries(
  EXPERIMENT_NAMES.filter(isStored).map((name) => [name, () => page(storedResults(name))]),
);
