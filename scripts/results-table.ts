/**
 * Writes the table of networks in docs/results.md from the results of a run:
 *
 *   npm start && npx tsx scripts/results-table.ts
 */
import { readFileSync } from "node:fs";
import type { RunResults } from "../cli/run/results.ts";
import { writeFileAtomic } from "../traces/atomic-file.ts";
import { markdownTable, replaceBetween } from "./markdown.ts";

const TARGETS = [
  ["migrate", "E1 `migrate`"],
  ["forced_eventually", "E2 `forced_eventually`"],
  ["forced_now", "E3 `forced_now`"],
] as const;

const results: RunResults = JSON.parse(readFileSync(process.argv[2] ?? "runs/main/results.json", "utf8"));
const percent = (share: number | null, digits: number) =>
  share === null ? "" : (100 * share).toFixed(digits);

const rows = TARGETS.flatMap(([target, title]) => {
  const judged = results.judged.filter((entry) => entry.target === target && entry.data === "all real");
  const lines = judged.map(({ preset, judges }) => [preset, judges.model!] as const);
  lines.push(["the kernel's rule", judged[0]!.judges.rule!], ["majority class", judged[0]!.judges.majority!]);
  return lines.map(([judge, { accuracy, balancedAccuracy, balancedInterval, mcc }], i) => {
    const interval = balancedInterval?.map((end) => percent(end, 1)).join(" – ");
    return [
      i === 0 ? `${title}, ${judged[0]!.positives.toLocaleString("en")} positives` : "",
      judge,
      percent(accuracy, 2),
      percent(balancedAccuracy, 1) + (interval === undefined ? "" : ` (${interval})`),
      mcc?.toFixed(3) ?? "",
    ];
  });
});
const table = markdownTable(["target", "judge", "accuracy %", "balanced % (95 %)", "MCC"], rows);
const page = "docs/results.md";
writeFileAtomic(page, replaceBetween(readFileSync(page, "utf8"), "networks", table));
