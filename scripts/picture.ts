import { MOVED, REASON_COLOURS } from "../report/figures/palette.ts";
import { drawReasons } from "../report/figures/reasons.ts";
import { shownResults } from "./results.ts";

const LEGEND_HEIGHT = 34;

/** docs/picture.svg: why tasks stayed or moved, simulated workloads first, then recordings of a real kernel. */
export function picture(): string {
  const traces = shownResults().traces.map((t) => ({
    trace: `${t.workload} (${t.role === "real" ? "real" : "simulated"})`,
    counts: t.reasons,
  }));
  const seen = Object.keys(REASON_COLOURS).filter((r) => traces.some((t) => (t.counts[r] ?? 0) > 0));
  let x = 12;
  const legend = ["stayed", "moved"].flatMap((outcome) => {
    const reasons = seen.filter((reason) => MOVED.includes(reason) === (outcome === "moved"));
    const title = `<text x="${x}" y="21" font-weight="600">${outcome}:</text>`;
    x += 60;
    const entries = reasons.map((reason) => {
      const at = x;
      x += 30 + 7.5 * reason.length;
      const box = `<rect x="${at}" y="10" width="13" height="13" fill="${REASON_COLOURS[reason]}"/>`;
      return `${box}<text x="${at + 18}" y="21">${reason}</text>`;
    });
    x += 16;
    return [title, ...entries];
  });
  const plot = drawReasons(traces, false).replace("<svg ", `<svg y="${LEGEND_HEIGHT}" `);
  const height = Number(/height="(\d+)"/.exec(plot)![1]) + LEGEND_HEIGHT;
  return `<svg xmlns="http://www.w3.org/2000/svg" role="img" aria-labelledby="title desc" width="860" height="${height}" viewBox="0 0 860 ${height}" font-family="system-ui, sans-serif" font-size="12" fill="#1b1f24">
<title id="title">Why tasks stayed or moved, by workload</title>
<desc id="desc">${describe(traces)}</desc>
<rect width="100%" height="100%" fill="#fff"/>
${legend.join("\n")}
${plot}
</svg>
`;
}

/** The picture in words: the share of moves and of force, trace by trace. */
function describe(traces: readonly { trace: string; counts: Readonly<Record<string, number>> }[]): string {
  const bars = traces.map(({ trace, counts }) => {
    const sum = (wanted: (reason: string) => boolean) =>
      Object.entries(counts).reduce((total, [reason, n]) => total + (wanted(reason) ? n : 0), 0);
    const share = (n: number) => `${((100 * n) / sum(() => true)).toFixed(1)} %`;
    return `${trace}: ${share(sum((r) => MOVED.includes(r)))} moved, ${share(sum((r) => r === "forced"))} by force`;
  });
  return `A bar for each workload, divided by the reason of each decision of can_migrate_task. ${bars.join("; ")}.`;
}
