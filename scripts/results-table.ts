import { MOVED } from "../report/figures/palette.ts";
import { markdownTable } from "./markdown.ts";
import { shownResults } from "./results.ts";

const TARGETS = [
  ["migrate", "E1 `migrate`"],
  ["forced_eventually", "E2 `forced_eventually`"],
  ["forced_now", "E3 `forced_now`"],
] as const;

const percent = (share: number | null, digits: number) =>
  share === null ? "" : (100 * share).toFixed(digits);

/** The table of networks in docs/results.md. */
export function resultsTable(): string {
  const results = shownResults();
  const rows = TARGETS.flatMap(([target, title]) => {
    const judged = results.judged.filter((entry) => entry.target === target);
    const lines = judged.map(({ preset, judges }) => [preset, judges.model!] as const);
    lines.push(["the kernel's rule", judged[0].judges.rule!], ["majority class", judged[0].judges.majority!]);
    return lines.map(([judge, { accuracy, balancedAccuracy, balancedInterval, mcc }], i) => {
      const interval = balancedInterval?.map((end) => percent(end, 1)).join(" – ");
      return [
        i === 0 ? `${title}, ${judged[0].positives.toLocaleString("en")} positives` : "",
        judge,
        percent(accuracy, 2),
        percent(balancedAccuracy, 1) + (interval === undefined ? "" : ` (${interval})`),
        mcc?.toFixed(3) ?? "",
      ];
    });
  });
  return markdownTable(["target", "judge", "accuracy %", "balanced % (95 %)", "MCC"], rows);
}

/** How often the balancer asked, and what came of it, trace by trace. */
export function forcedTable(): string {
  const count = (n: number) => n.toLocaleString("en");
  const rows = shownResults().traces.map(({ workload, role, rows, reasons }) => {
    const moved = MOVED.reduce((sum, reason) => sum + (reasons[reason] ?? 0), 0);
    const forced = reasons.forced ?? 0;
    const share = (n: number) => percent(n / rows, 2);
    const from = role === "real" ? "real" : "simulated";
    return [workload, from, count(rows), share(moved), count(forced), share(forced)];
  });
  return markdownTable(["workload", "", "decisions", "moved %", "forced", "forced %"], rows);
}
