import { verdictCounts } from "../../fidelity/compare.ts";
import type { ScheduleShape } from "../../fidelity/schedule-meter.ts";
import type { RecordingVerdict } from "../../lab/fidelity/recording-verdict.ts";
import {
  type CpuLoad,
  drawCpuLoads,
  drawGaps,
  drawStretches,
  type StretchPoint,
} from "../../report/figures/fidelity.ts";
import { type Html, html, htmlTable, markup, page } from "../../report/html.ts";
import { conclusion, controlLines, METRIC_HEADER, metricRow, spreadText, sums } from "./text.ts";

/** What was measured of each run, by side. */
export type Shapes = Record<"recorded" | "simulated", readonly ScheduleShape[]>;

/** Recordings and their replays as one HTML file: verdicts, distributions of runs and waits, and how busy CPUs were. */
export function fidelityPage(verdict: RecordingVerdict, shapes: Shapes): string {
  const { recordings, chip, seeds, metrics, control, notes } = verdict;
  const seen = metrics.filter(({ simulated, recorded }) => [...simulated, ...recorded].some((x) => x !== 0));
  const cpus = shapes.recorded[0]?.busy.map((_, cpu) => String(cpu)) ?? [];
  return page("nicetries: fidelity", [
    html`<h1>${recordings.map((path) => path.replace(/^.*\//, "")).join(", ")}</h1>
<p>${sentence(conclusion(verdict))}
${sums(verdictCounts(metrics), metrics.length - seen.length)}.</p>
<p class="soft">Replayed on ${chip} under the stock policy, ${seeds} replays of each recording. Simulated ranges are those over all replays. ${sentence(spreadText(verdict))} The tolerances
stand in docs/fidelity.md.</p>
<ul>${controlLines(control.controls).map((line) => html`<li>${sentence(line)}</li>`)}</ul>`,
    figureOf(
      drawGaps(
        seen.map(({ name, tolerance, recorded, simulated, verdict: what }) => {
          const middle = (recorded[0] + recorded[1]) / 2;
          const [low, high] = simulated.map((x) => (x - middle) / tolerance);
          const noise = (recorded[1] - recorded[0]) / 2 / tolerance;
          return { metric: name, low: low!, high: high!, noise, verdict: what };
        }),
      ),
      "Each metric's replays about the middle of its recordings, whose range is grey; beyond four tolerances they are drawn at the edge. A metric differs where more than a tolerance lies between the two.",
    ),
    html`<h2>Runs and waits</h2>`,
    figureOf(drawStretches(stretches(shapes, "runs"), "run"), "How long tasks kept their CPU."),
    figureOf(drawStretches(stretches(shapes, "waits"), "wait"), "How long they waited for it, runnable."),
    html`<h2>CPUs</h2>`,
    figureOf(
      drawCpuLoads(loads(shapes), cpus),
      "Share of the time in which a CPU had a task, with the range over the runs.",
    ),
    html`<h2>Metrics</h2>`,
    htmlTable("Verdicts", METRIC_HEADER, seen.map(metricRow)),
    html`<h2>Notes</h2><ul>${notes.map((note) => html`<li>${note}</li>`)}</ul>`,
  ]);
}

const sentence = (text: string): string => `${text[0]!.toUpperCase()}${text.slice(1)}.`;

const figureOf = (svg: string, caption: string): Html =>
  html`<figure>${markup(svg)}<figcaption>${caption}</figcaption></figure>`;

const SIDES = ["recorded", "simulated"] as const;
/** Points of each line. */
const POINTS = 100;
/** Shorter times are drawn as this: the axis is logarithmic. */
const LEAST_MS = 0.001;

function stretches(shapes: Shapes, what: "runs" | "waits"): StretchPoint[] {
  return SIDES.flatMap((side) =>
    shapes[side].flatMap((shape, i) => {
      const sorted = Float64Array.from(shape[what]).sort();
      if (sorted.length === 0) return [];
      return Array.from({ length: POINTS + 1 }, (_, k) => {
        const at = Math.min(sorted.length - 1, Math.floor((sorted.length * k) / POINTS));
        return { side, run: `${side} ${i}`, ms: Math.max(LEAST_MS, sorted[at]! / 1e6), share: k / POINTS };
      });
    }),
  );
}

function loads(shapes: Shapes): CpuLoad[] {
  return SIDES.flatMap((side) => {
    const runs = shapes[side];
    return (runs[0]?.busy ?? []).map((_, cpu) => {
      const all = runs.map(({ busy }) => 100 * (busy[cpu] ?? 0));
      const mean = all.reduce((a, b) => a + b, 0) / all.length;
      return { side, cpu: String(cpu), mean, low: Math.min(...all), high: Math.max(...all) };
    });
  });
}
