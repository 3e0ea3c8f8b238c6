import { REASONS } from "../../traces/schema.ts";
import { REASON_COLOURS, scaleOf } from "./palette.ts";
import { drawPlot, Plot } from "./plot.ts";

/** Who stayed before who moved. */
const ORDER = Object.keys(REASON_COLOURS);

/** Rows of a trace by reason; missing reasons count as zero. */
export interface ReasonCounts {
  trace: string;
  counts: Partial<Record<string, number>>;
}

/** Share of each `can_migrate_task` outcome, one bar per trace. `legend` is HTML; without it the figure is pure SVG. */
export function drawReasons(traces: readonly ReasonCounts[], legend = true): string {
  const bars = traces.flatMap(({ trace, counts }) => {
    const total = REASONS.reduce((sum, r) => sum + (counts[r] ?? 0), 0);
    return REASONS.map((reason) => ({
      trace,
      reason,
      share: total === 0 ? 0 : (counts[reason] ?? 0) / total,
    }));
  });
  return drawPlot({
    width: 820,
    height: 76 + 26 * traces.length,
    marginLeft: 225,
    x: { label: "share of decisions →", tickFormat: (v: number) => `${Math.round(v * 100)} %` },
    y: { label: null, domain: traces.map((t) => t.trace) },
    color: { legend, ...scaleOf(ORDER, REASON_COLOURS) },
    marks: [Plot.barX(bars, { x: "share", y: "trace", fill: "reason", order: [...ORDER] }), Plot.ruleX([0])],
  });
}
