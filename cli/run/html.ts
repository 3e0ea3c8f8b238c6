import { escapeHtml } from "../../notebooks/runner/session.ts";

/** A table cell: text, a number (right-aligned), or nothing. */
export type CellValue = string | number | null;

/** An HTML table with a caption; numbers are right-aligned, null shows as a dash. */
export function htmlTable(
  caption: string,
  header: readonly string[],
  rows: readonly (readonly CellValue[])[],
): string {
  const numeric = header.map((_, i) => rows.some((r) => typeof r[i] === "number"));
  const head = header.map((h, i) => `<th${numeric[i] ? ' class="n"' : ""}>${escapeHtml(h)}</th>`).join("");
  const body = rows.map((row) => `<tr>${row.map((c, i) => cell(c, numeric[i])).join("")}</tr>`).join("\n");
  return `<div class="scroll"><table><caption>${escapeHtml(caption)}</caption><thead><tr>${head}</tr></thead><tbody>
${body}</tbody></table></div>`;
}

function cell(value: CellValue, alignRight: boolean): string {
  const shown = value === null ? "–" : typeof value === "number" ? formatNumber(value) : escapeHtml(value);
  return `<td${alignRight ? ' class="n"' : ""}>${shown}</td>`;
}

/** Integers with thousands separators, others with at most four digits after the point. */
export function formatNumber(value: number): string {
  return value.toLocaleString("en-US", { maximumFractionDigits: Number.isInteger(value) ? 0 : 4 });
}

export const percent = (share: number | null): string | null =>
  share === null ? null : `${(100 * share).toFixed(2)} %`;

/** Commands a reader can paste. */
export function commands(lines: readonly string[]): string {
  return `<pre class="code">${lines.map(escapeHtml).join("\n")}</pre>`;
}

export function figure(svg: string, caption: string): string {
  return `<figure>${svg}<figcaption>${escapeHtml(caption)}</figcaption></figure>`;
}

export function cards(values: readonly (readonly [string, string])[]): string {
  return `<div class="cards">${values
    .map(([value, label]) => `<div class="card"><b>${escapeHtml(value)}</b>${escapeHtml(label)}</div>`)
    .join("")}</div>`;
}
