import { REASONS } from "../../traces/schema.ts";
import { REASON_COLOURS, scaleOf } from "./palette.ts";
import { drawPlot, type Form, NARROW, Plot } from "./plot.ts";

/** Who stayed before who moved. */
const ORDER = Object.keys(REASON_COLOURS);

/** Rows of a trace by reason; missing reasons count as zero. */
export interface ReasonCounts {
  trace: string;
  counts: Partial<Record<string, number>>;
}

/** Share of each `can_migrate_task` outcome, one bar per trace. `legend` is HTML; without it the figure is pure SVG. */
export function drawReasons(traces: readonly ReasonCounts[], legend = true, form: Form = "wide"): string {
  const bars = traces.flatMap(({ trace, counts }) => {
    const total = REASONS.reduce((sum, r) => sum + (counts[r] ?? 0), 0);
    return REASONS.map((reason) => ({
      trace,
      reason,
      share: total === 0 ? 0 : (counts[reason] ?? 0) / total,
    }));
  });
  const x = { label: "share of decisions →", tickFormat: (v: number) => `${Math.round(v * 100)} %` };
  const y = { label: null, domain: traces.map((t) => t.trace) };
  const color = { legend, ...scaleOf(ORDER, REASON_COLOURS) };
  if (form === "narrow")
    return drawPlot({
      ...{ width: NARROW, height: 66 + 40 * traces.length, marginLeft: 14, marginTop: 6 },
      ...{ x: { ...x, ticks: 5 }, y: { ...y, axis: null, padding: 0.1 }, color },
      marks: [
        Plot.barX(bars, { x: "share", y: "trace", fill: "reason", order: [...ORDER], insetTop: 16 }),
        Plot.text(traces, { y: "trace", text: "trace", frameAnchor: "left", lineAnchor: "bottom", dy: -5 }),
      ],
    });
  return drawPlot({
    width: 820,
    height: 76 + 26 * traces.length,
    marginLeft: 225,
    ...{ x, y, color },
    marks: [Plot.barX(bars, { x: "share", y: "trace", fill: "reason", order: [...ORDER] }), Plot.ruleX([0])],
  });
}
