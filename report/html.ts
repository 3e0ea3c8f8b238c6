import type { Form } from "./figures/plot.ts";
import { PAGE_STYLE } from "./page-style.ts";

/** Markup, as opposed to text: only html() and markup() make it. */
export class Html {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }

  toString(): string {
    return this.text;
  }
}

/** What may stand in html`...`: texts are escaped, lists are joined by line ends, null is nothing. */
export type HtmlPart = Html | string | number | null | readonly HtmlPart[];

/** Markup with its parts escaped. */
export function html(literals: TemplateStringsArray, ...parts: readonly HtmlPart[]): Html {
  return new Html(String.raw({ raw: literals }, ...parts.map(shown)));
}

/** Markup that somebody else has made: a figure, Markdown. */
export const markup = (text: string): Html => new Html(text);

function shown(part: HtmlPart): string {
  if (part === null) return "";
  if (part instanceof Html) return part.text;
  if (typeof part === "object") return part.map(shown).join("\n");
  return String(part)
    .replace(/&/g, "&amp;")
    .replace(/</g, "&lt;")
    .replace(/>/g, "&gt;")
    .replace(/"/g, "&quot;");
}

/** The same without line ends between. */
export const joined = (parts: readonly HtmlPart[]): Html => markup(parts.map(shown).join(""));

/** A page in one file: no scripts, no network. */
export const page = (title: string, body: HtmlPart): string => `<!doctype html>
${html`<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>${title}</title><style>${markup(PAGE_STYLE)}</style></head><body><main>
${body}
</main></body></html>`}
`;

/** A table cell: text, a number (right-aligned), or nothing. */
export type CellValue = string | number | null;

/** An HTML table with a caption; numbers are right-aligned, null shows as a dash. */
export function htmlTable(
  caption: string,
  header: readonly string[],
  rows: readonly (readonly CellValue[])[],
): Html {
  const numeric = header.map((_, i) => rows.some((r) => typeof r[i] === "number"));
  const right = (i: number) => markup(numeric[i] ? ' class="n"' : "");
  const head = header.map((h, i) => html`<th${right(i)}>${h}</th>`);
  const body = rows.map(
    (row) => html`<tr>${joined(row.map((c, i) => html`<td${right(i)}>${cell(c)}</td>`))}</tr>`,
  );
  return html`<div class="scroll"><table><caption>${caption}</caption><thead><tr>${joined(head)}</tr></thead><tbody>
${body}</tbody></table></div>`;
}

const cell = (value: CellValue): string =>
  value === null ? "–" : typeof value === "number" ? formatNumber(value) : value;

/** Integers with thousands separators, others with at most four digits after the point. */
export function formatNumber(value: number): string {
  return value.toLocaleString("en-US", { maximumFractionDigits: Number.isInteger(value) ? 0 : 4 });
}

export const percent = (share: number | null): string | null =>
  share === null ? null : `${(100 * share).toFixed(2)} %`;

/** Commands a reader can paste. */
export const commands = (lines: readonly string[]): Html => html`<pre class="code">${lines}</pre>`;

/** @param svg As the figures of report/figures/ give it. */
export const figure = (svg: string, caption: string): Html =>
  html`<figure>${markup(svg)}<figcaption>${caption}</figcaption></figure>`;

/** A figure in two forms: the page shows the one that it has room for. */
export const figureInForms = (draw: (form: Form) => string, caption: string): Html =>
  html`<figure><div class="wide">${markup(draw("wide"))}</div><div class="narrow">${markup(draw("narrow"))}</div><figcaption>${caption}</figcaption></figure>`;
