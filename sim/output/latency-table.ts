import { ms, seconds } from "./ms.ts";
import type { SimulationResult, TaskResult } from "./result.ts";

const RULE = ` ${"-".repeat(139)}`;

/**
 * The table of `perf sched latency -p` (tools/perf/builtin-sched.c of Linux 6.1): delays are waits for a CPU after
 * wake-ups and preemptions. Order: average delay, longest delay, switches, run time, largest first.
 */
export function latencyTable(result: SimulationResult): string {
  const tasks = [...result.tasks]
    .filter((t) => t.switches > 0)
    .sort(
      (a, b) =>
        b.delay.meanNs - a.delay.meanNs ||
        b.delay.maxNs - a.delay.maxNs ||
        b.switches - a.switches ||
        b.runNs - a.runNs ||
        a.pid - b.pid,
    );
  const run = tasks.reduce((sum, t) => sum + t.runNs, 0);
  const switches = tasks.reduce((sum, t) => sum + t.switches, 0);
  return [
    "",
    RULE,
    "  Task                  |   Runtime ms  | Switches | Avg delay ms    | Max delay ms    | Max delay start           | Max delay end          |",
    RULE,
    ...tasks.map(line),
    ` ${"-".repeat(113)}`,
    `  TOTAL:                |${ms(run).padStart(11)} ms |${String(switches).padStart(9)} |`,
    ` ${"-".repeat(51)}`,
  ].join("\n");
}

function line(t: TaskResult): string {
  const { meanNs, maxNs, maxEndNs } = t.delay;
  return [
    `  ${t.comm}:${t.pid} `.padEnd(24),
    `${ms(t.runNs).padStart(11)} ms `,
    `${String(t.switches).padStart(9)} `,
    ` avg:${ms(meanNs).padStart(8)} ms `,
    ` max:${ms(maxNs).padStart(8)} ms `,
    ` max start: ${seconds(maxEndNs - maxNs).padStart(12)} s `,
    ` max end: ${seconds(maxEndNs).padStart(12)} s`,
  ].join("|");
}
