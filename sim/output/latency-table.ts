import { ms, seconds } from "./ms.ts";
import type { SimulationResult, TaskResult } from "./result.ts";

const RULE = "-".repeat(132);

/**
 * The table of `perf sched latency`: tasks by their longest wait between becoming runnable and running, longest first.
 * Delays are those after wake-ups.
 */
export function latencyTable(result: SimulationResult): string {
  const tasks = [...result.tasks]
    .filter((t) => t.switches > 0)
    .sort((a, b) => b.latency.maxNs - a.latency.maxNs || a.pid - b.pid);
  const total = tasks.reduce((sum, t) => ({ run: sum.run + t.runNs, switches: sum.switches + t.switches }), {
    run: 0,
    switches: 0,
  });
  return [
    RULE,
    "  Task                  |   Runtime ms  | Switches |  Avg delay ms       |  Max delay ms       |  Max delay end s     | P99 delay ms",
    RULE,
    ...tasks.map(line),
    RULE,
    `  ${"TOTAL:".padEnd(22)}|${`${ms(total.run)} ms`.padStart(14)} |${String(total.switches).padStart(9)} |`,
    RULE,
  ].join("\n");
}

function line(t: TaskResult): string {
  return [
    `  ${`${t.comm}:${t.pid}`.padEnd(22)}`,
    `${`${ms(t.runNs)} ms`.padStart(14)} `,
    `${String(t.switches).padStart(9)} `,
    ` avg: ${`${ms(t.latency.meanNs)} ms`.padStart(13)} `,
    ` max: ${`${ms(t.latency.maxNs)} ms`.padStart(13)} `,
    ` end: ${`${seconds(t.maxLatencyEndNs)} s`.padStart(14)} `,
    ` ${ms(t.latency.p99Ns)} ms`,
  ].join("|");
}
