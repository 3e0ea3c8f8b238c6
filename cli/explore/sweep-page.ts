import { shellWords } from "../../kernel-bridge/guest/shell-words.ts";
import type { NamedSweep } from "../../lab/explore/open-sweep.ts";
import { shownPath } from "../../lab/files/shown-path.ts";
import type { SweepRow } from "../../lab/sweep/rows.ts";
import { type Html, html, joined, markup, page } from "../../report/html.ts";
import { along } from "../compare/page.ts";
import { digits } from "../compare/text.ts";

/** More rows than these are no table that a person reads. */
const MOST_ROWS = 500;

/**
 * A sweep as small multiples, each metric along each dimension that has several values, and its simulations one by one.
 * @param hrefOf Where a simulation is shown; undefined: nowhere, and the command that shows it stands there.
 */
export function sweepPage(sweep: NamedSweep, hrefOf?: (row: SweepRow) => string): string {
  const { results, rows } = sweep;
  const name = shownPath(sweep.name);
  const varied = results.dimensions.filter((each) => new Set(rows.map(({ cell }) => cell[each])).size > 1);
  const fixed = results.dimensions.filter((each) => !varied.includes(each));
  const runOf = (row: SweepRow) => ({
    title: [...varied.map((each) => `${each} ${row.cell[each]}`), `seed ${row.seed}`].join(", "),
    ...(hrefOf === undefined ? {} : { href: hrefOf(row) }),
  });
  const seeds = new Set(rows.map(({ seed }) => seed)).size;
  return page(`nicetries: ${name}`, [
    html`<h1>${results.about === "" ? name : results.about}</h1>
<p class="soft">${name}: ${rows.length} simulations, ${seeds} seed${seeds === 1 ? "" : "s"}${
      fixed.length === 0 ? "" : `; ${fixed.map((each) => `${each} ${rows[0].cell[each]}`).join(", ")}`
    }.</p>`,
    ...varied.map((dimension) =>
      along({ ...sweep, results: { ...results, rows: [...rows] } }, dimension, results.metrics, runOf),
    ),
    simulations(sweep, [...varied], hrefOf),
  ]);
}

function simulations(
  { results, rows, nameOf }: NamedSweep,
  varied: string[],
  hrefOf?: (row: SweepRow) => string,
): Html {
  const shown = rows.slice(0, MOST_ROWS);
  const header = [...varied, "seed", ...results.metrics, "look into it"];
  const way = (row: SweepRow): Html =>
    hrefOf
      ? html`<a href="${hrefOf(row)}">explore</a>`
      : html`<code>${shellWords(["nicetries", "explore", nameOf(row)])}</code>`;
  const line = (row: SweepRow) =>
    html`<tr>${joined([
      ...varied.map((each) => html`<td>${row.cell[each]}</td>`),
      html`<td>${row.seed}</td>`,
      ...results.metrics.map((each) => html`<td class="n">${digits(row.metrics[each])}</td>`),
      html`<td>${way(row)}</td>`,
    ])}</tr>`;
  return html`<h2>Simulations</h2>
<p>Each is made again when it is looked into: equal options give equal runs.${rows.length > MOST_ROWS ? ` The first ${MOST_ROWS} of ${rows.length}.` : ""}</p>
<div class="scroll"><table><thead><tr>${joined(header.map((each) => html`<th>${each}</th>`))}</tr></thead><tbody>${markup(shown.map((row) => line(row).text).join("\n"))}</tbody></table></div>`;
}
