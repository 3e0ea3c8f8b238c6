import type { Pair, Side } from "../../lab/compare/pairs.ts";
import { bootstrapRange, mean } from "../../lab/compare/statistics.ts";
import { METRICS } from "../../lab/sweep/metrics.ts";
import type { SweepRow } from "../../lab/sweep/rows.ts";
import {
  type CurvePointOfSweep,
  drawEcdf,
  drawHeatMap,
  drawRatioIntervals,
  drawSweepCurve,
  type RunOfSweep,
  type SideValue,
} from "../../report/figures/comparison.ts";
import { type Html, html, htmlTable, markup, page } from "../../report/html.ts";
import { randomStream } from "../../sim/engine/random.ts";
import { type Comparison, digits, TABLE_HEADER, tableRow } from "./text.ts";

/** A comparison as one HTML file: verdicts, distributions, and each metric along what the sweep of A varies. */
export function comparisonPage(comparison: Comparison, a: Side, b: Side, pairs: readonly Pair[]): string {
  const { metrics } = comparison;
  const ratios = metrics.flatMap(({ name, ratio, ratioRange, verdict }) =>
    ratio === null || ratioRange === null
      ? []
      : [{ metric: name, value: ratio, low: ratioRange[0], high: ratioRange[1], verdict }],
  );
  const apart = Object.keys({ ...a.fixed, ...b.fixed });
  return page("nicetries: comparison", [
    html`<h1>${comparison.b} beside ${comparison.a}</h1>
<p class="soft">B is <b>${comparison.b}</b>, A is <b>${comparison.a}</b>: ${comparison.pairs} pairs of simulations with equal seeds. Intervals hold for all
${metrics.length} metrics together with 95 %. A verdict needs a sign-flip test with p of at most 0.05 after Holm's correction.</p>`,
    htmlTable("Verdicts on B", TABLE_HEADER, metrics.map(tableRow)),
    figureOf(
      drawRatioIntervals(ratios),
      "Ratios of the means, with their intervals. What A has none of is left out.",
    ),
    html`<h2>One simulation at a time</h2>`,
    ...metrics.map(({ name }) =>
      figureOf(drawEcdf(valuesOf(pairs, name), labelOf(name)), `${name}: ${METRICS[name].about}.`),
    ),
    ...apart
      .filter((dimension) => a.results.dimensions.includes(dimension))
      .map((dimension) =>
        along(
          a,
          dimension,
          metrics.map(({ name }) => name),
        ),
      ),
  ]);
}

const figureOf = (svg: string, caption: string): Html =>
  html`<figure>${markup(svg)}<figcaption>${caption}</figcaption></figure>`;

const labelOf = (metric: string): string => {
  const { unit } = METRICS[metric];
  return unit === "" ? metric : `${metric}, ${unit === "ns" ? "ms" : unit}`;
};

/** Times in ms: axes have no room for ns. */
const shown = (metric: string, value: number): number =>
  METRICS[metric].unit === "ns" ? value / 1e6 : value;

const valuesOf = (pairs: readonly Pair[], metric: string): SideValue[] =>
  pairs.flatMap(({ a, b }): SideValue[] => [
    { side: "A", metric, value: shown(metric, a.metrics[metric]) },
    { side: "B", metric, value: shown(metric, b.metrics[metric]) },
  ]);

/** More simulations than these are not drawn one by one. */
const MOST_RINGS = 200;

/**
 * Each metric along a dimension, over all else that the sweep varies; and, where it varies one thing more, by both.
 * @param runOf What a simulation is, in words, and where it is shown; undefined: simulations are not drawn one by one.
 */
export function along(
  { results }: Pick<Side, "results">,
  dimension: string,
  metrics: readonly string[],
  runOf?: (row: SweepRow) => Pick<RunOfSweep, "title" | "href">,
): Html {
  const { rows } = results;
  const varied = results.dimensions.filter((name) => new Set(rows.map(({ cell }) => cell[name])).size > 1);
  const other = varied.find((name) => name !== dimension);
  const random = randomStream("1", "compare-page");
  const point = (metric: string, value: string): CurvePointOfSweep => {
    const own = rows
      .filter(({ cell }) => cell[dimension] === value)
      .map((row) => shown(metric, row.metrics[metric]));
    const middle = (drawn: readonly number[]) => mean(drawn.map((i) => own[i]));
    const [low, high] = bootstrapRange([[...own.keys()]], middle, 0.95, 1000, random);
    return { value, mean: mean(own), low, high };
  };
  const ringsOf = (metric: string): RunOfSweep[] =>
    runOf === undefined || rows.length > MOST_RINGS
      ? []
      : rows.map((row): RunOfSweep => {
          const value = shown(metric, row.metrics[metric]);
          const { title, href } = runOf(row);
          return {
            value: row.cell[dimension],
            metric: value,
            title: `${title}: ${digits(value)} (${labelOf(metric)})`,
            ...(href === undefined ? {} : { href }),
          };
        });
  const isConstant = (metric: string) => rows.every((row) => row.metrics[metric] === rows[0].metrics[metric]);
  const constant = metrics.filter(isConstant);
  const moving = metrics.filter((metric) => !isConstant(metric));
  const valuesOfDimension = [...new Set(rows.map(({ cell }) => cell[dimension]))];
  return html`<h2>Along ${dimension}</h2>
<p>Means over all else that the sweep varies, with 95 % intervals by a bootstrap.${runOf === undefined || rows.length > MOST_RINGS ? "" : " A ring is a simulation."}${constant.length === 0 ? "" : ` The same everywhere: ${constant.join(", ")}.`}</p>
<div class="multiples">${moving.map((metric) =>
    figureOf(
      drawSweepCurve(
        valuesOfDimension.map((value) => point(metric, value)),
        dimension,
        labelOf(metric),
        ringsOf(metric),
      ),
      `${metric}: ${METRICS[metric].about}.`,
    ),
  )}</div>
${other === undefined ? null : moving.map((metric) => figureOf(drawHeatMap(heat(rows, dimension, other, metric), dimension, other, labelOf(metric)), `${metric} by ${dimension} and ${other}`))}`;
}

function heat(rows: readonly SweepRow[], x: string, y: string, metric: string) {
  const cells = new Map<string, { x: string; y: string; values: number[] }>();
  for (const { cell, metrics } of rows) {
    const key = `${cell[x]}\n${cell[y]}`;
    const own = cells.get(key) ?? { x: cell[x], y: cell[y], values: [] };
    own.values.push(shown(metric, metrics[metric]));
    cells.set(key, own);
  }
  return [...cells.values()].map(({ values, ...place }) => ({ ...place, mean: mean(values) }));
}
