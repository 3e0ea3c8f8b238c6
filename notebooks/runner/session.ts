/**
 * What a running notebook talks to: cells announce themselves, and whatever they show is kept in order.
 *
 * N1. Every output belongs to the code cell that was announced last.
 * N2. Outputs hold no clock, path or process id, so that running a notebook again gives the same bytes.
 */
import { writeFileSync } from "node:fs";
import { html, joined } from "../../report/html.ts";

export type Output =
  | { type: "text"; text: string }
  | { type: "html"; html: string }
  | { type: "error"; name: string; message: string };

/** Outputs by index of the code cell. */
export type CellOutputs = Output[][];

const outputs: CellOutputs = [];

/** Called by the instrumented notebook before each code cell. */
export function startCell(index: number): void {
  while (outputs.length <= index) outputs.push([]);
}

function emit(output: Output): void {
  const cell = outputs.at(-1);
  if (!cell) throw new Error("display() was called outside of a notebook cell");
  const last = cell.at(-1);
  if (output.type === "text" && last?.type === "text") last.text += output.text;
  else cell.push(output);
}

/** Shows text below the cell, as console.log would. */
export function showText(text: string): void {
  emit({ type: "text", text: text.endsWith("\n") ? text : `${text}\n` });
}

/** Shows a figure or any other HTML or SVG fragment below the cell. */
export function showHtml(html: string): void {
  emit({ type: "html", html });
}

/** Shows rows as a table; numbers are right-aligned. */
export function showTable(rows: readonly Record<string, string | number>[]): void {
  const names = rows.length === 0 ? [] : Object.keys(rows[0]);
  const head = names.map((n) => html`<th>${n}</th>`);
  const cell = (value: string | number) =>
    typeof value === "number" ? html`<td class="n">${value}</td>` : html`<td>${value}</td>`;
  const body = rows.map((row) => html`<tr>${joined(names.map((n) => cell(row[n])))}</tr>`);
  showHtml(html`<table><thead><tr>${joined(head)}</tr></thead><tbody>${joined(body)}</tbody></table>`.text);
}

/** Records why the notebook stopped. */
export function failCell(error: unknown): void {
  const e = error instanceof Error ? error : new Error(String(error));
  emit({ type: "error", name: e.name, message: e.message });
}

/** Writes all outputs for the runner; called once at the end. */
export function finish(file: string): void {
  writeFileSync(file, JSON.stringify(outputs));
}
