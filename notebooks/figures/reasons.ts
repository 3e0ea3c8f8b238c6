import { REASONS } from "../../traces/schema.ts";
import { drawPlot, Plot } from "./plot.ts";

/** Rows of a trace by reason; missing reasons count as zero. */
export interface ReasonCounts {
  trace: string;
  counts: Partial<Record<string, number>>;
}

/** Refusals in cool colours, migrations in warm ones, forced migrations darkest. */
export const REASON_COLOURS: Record<string, string> = {
  throttled: "#57606a",
  percpu_kthread: "#8c959f",
  affinity: "#b6c2cf",
  running: "#9ecae1",
  hot_refused: "#3182bd",
  cold: "#fdae6b",
  active: "#e6550d",
  forced: "#a50f15",
};

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
    color: { legend, domain: [...REASONS], range: REASONS.map((r) => REASON_COLOURS[r]!) },
    marks: [
      Plot.barX(bars, { x: "share", y: "trace", fill: "reason", order: [...REASONS] }),
      Plot.ruleX([0]),
    ],
  });
}
