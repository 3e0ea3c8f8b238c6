import { bootstrapRange } from "../lab/compare/statistics.ts";
import { type AdaptPoint, drawAdapting } from "../report/figures/adapting.ts";
import { ADAPT_COLOURS } from "../report/figures/palette.ts";
import { randomStream } from "../sim/engine/random.ts";
import { type AdaptRun, adapting } from "./adapting.ts";
import { markdownTable } from "./markdown.ts";

const WHO = ["trained anew", "left alone", "majority"] as const;
const BEFORE = 10;
const AFTER = 20;
const RESAMPLES = 2000;

const numbers = (text: string): number[] => text.split(" ").map(Number);

/** Right answers of one of WHO in percent, over all runs, with a 95 % interval by a bootstrap over runs; undefined without a case. */
function share(
  texts: readonly string[],
  who: number,
): [percent: number, low: number, high: number] | undefined {
  const cells = texts.map(numbers);
  const of = (drawn: readonly number[]) => {
    let cases = 0;
    let right = 0;
    for (const i of drawn) {
      cases += cells[i][0];
      right += cells[i][1 + who];
    }
    return cases === 0 ? Number.NaN : (100 * right) / cases;
  };
  const all = cells.map((_, i) => i);
  const percent = of(all);
  if (Number.isNaN(percent)) return undefined;
  const usual = (drawn: readonly number[]) => {
    const drawnPercent = of(drawn);
    return Number.isNaN(drawnPercent) ? percent : drawnPercent;
  };
  const random = randomStream("1", "adapting");
  return [percent, ...bootstrapRange([all], usual, 0.95, RESAMPLES, random)];
}

function places(): { where: string; runs: AdaptRun[] }[] {
  const { simulated, kernel } = adapting();
  return [
    { where: `simulated, ${simulated.length} seeds`, runs: simulated },
    { where: `real kernel, ${kernel.length} boots`, runs: kernel },
  ].filter(({ runs }) => runs.length > 0);
}

const LEGEND_HEIGHT = 34;

/** docs/adapting.svg: right answers by time, before and after the workload changes. */
export function adaptingFigure(): string {
  const all = places();
  const points = all.flatMap(({ where, runs }) =>
    WHO.flatMap((who, w) =>
      Array.from({ length: Math.max(...runs.map(({ hard }) => hard.length)) }, (_, s): AdaptPoint[] => {
        const found = share(
          runs.flatMap(({ hard }) => hard[s] ?? []),
          w,
        );
        if (found === undefined) return [];
        const [percent, low, high] = found;
        return [{ where, who, second: s - BEFORE + 0.5, percent, low, high }];
      }).flat(),
    ),
  );
  const swaps = all.flatMap(({ where, runs }) =>
    runs.flatMap(({ swapsMs }) =>
      swapsMs.filter((at) => at < AFTER * 1000).map((at) => ({ where, second: at / 1000 })),
    ),
  );
  const legend = WHO.map(
    (who, i) =>
      `<rect x="${12 + 130 * i}" y="10" width="13" height="13" fill="${ADAPT_COLOURS[who]}"/><text x="${30 + 130 * i}" y="21">${who}</text>`,
  );
  legend.push(
    `<rect x="412" y="10" width="3" height="13" fill="#8c0d1a"/><text x="420" y="21">another model is in force</text><text x="640" y="21">y: of the hard cases</text>`,
  );
  const plot = drawAdapting(points, swaps).replace("<svg ", `<svg y="${LEGEND_HEIGHT}" `);
  const height = Number(/height="(\d+)"/.exec(plot)![1]) + LEGEND_HEIGHT;
  return `<svg xmlns="http://www.w3.org/2000/svg" role="img" aria-labelledby="title desc" width="860" height="${height}" viewBox="0 0 860 ${height}" font-family="system-ui, sans-serif" font-size="12" fill="#1b1f24">
<title id="title">Right answers about hot tasks before and after the workload changes</title>
<desc id="desc">The share of the hard cases in which a model is right, second by second: one that is trained anew, the same one left alone, and the more frequent answer. The table below has the numbers.</desc>
<rect width="100%" height="100%" fill="#fff"/>
${legend.join("\n")}
${plot}
</svg>
`;
}

const median = (values: readonly number[]): number => {
  const sorted = [...values].sort((a, b) => a - b);
  return (sorted[(sorted.length - 1) >> 1] + sorted[sorted.length >> 1]) / 2;
};

function spread(values: readonly number[], digits: number): string {
  if (values.length === 0) return "-";
  const [low, high] = [Math.min(...values), Math.max(...values)];
  return `${median(values).toFixed(digits)} (${low.toFixed(digits)} – ${high.toFixed(digits)})`;
}

/** What it took until accuracy was back. */
export function recoveryTable(): string {
  const rows = places().map(({ where, runs }) => {
    const back = runs.flatMap(({ recovery }) => recovery ?? []);
    const of = (value: (r: (typeof back)[number]) => number, digits: number) =>
      spread(back.map(value), digits);
    return [
      where,
      `${back.length} of ${runs.length}`,
      of(({ swapMs }) => swapMs / 1000, 2),
      of(({ calls }) => calls, 0),
      of(({ hard }) => hard, 0),
      of(({ confirmedMs }) => confirmedMs / 1000, 2),
      spread(
        runs.map(({ trainingMs }) => trainingMs),
        0,
      ),
      String(runs.reduce((sum, { rollbacks }) => sum + rollbacks, 0)),
    ];
  });
  const header =
    "runs,learned,seconds,calls,hard cases,seconds to the end of the trial,training (ms of CPU),rolled back";
  return markdownTable(header.split(","), rows, "l".padEnd(8, "r"));
}

/** How often who was right after the change, and after the new model had come. */
export function adaptingTable(): string {
  const cell = (texts: readonly string[], who: number) => {
    const found = share(texts, who);
    return found ? `${found[0].toFixed(1)} (${found[1].toFixed(1)} – ${found[2].toFixed(1)})` : "-";
  };
  const rows = places().flatMap(({ where, runs }) => {
    const before = runs.flatMap(({ hard }) => hard.slice(0, BEFORE));
    const kinds: [string, readonly string[]][] = [
      ["hard cases, 10 s before the change", before],
      ["hard cases after the swap", runs.map(({ learned }) => learned)],
      ["all calls after the change", runs.map(({ all }) => all)],
    ];
    return kinds.map(([what, texts]) => [
      where,
      what,
      String(texts.reduce((sum, text) => sum + numbers(text)[0], 0)),
      ...WHO.map((_, who) => cell(texts, who)),
    ]);
  });
  return markdownTable(["runs", "right about", "calls", ...WHO.map((who) => `${who} %`)], rows);
}
