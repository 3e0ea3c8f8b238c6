import type { TraceSummary } from "../traces/summary.ts";
import { textTable } from "./output.ts";

/** What `nicetries trace info` prints. */
export function infoText(path: string, s: TraceSummary): string {
  const { meta } = s;
  const percent = (n: number) => (s.rows === 0 ? "" : `${((100 * n) / s.rows).toFixed(2)} %`);
  const span = s.firstTs === null || s.lastTs === null ? 0 : s.lastTs - s.firstTs;
  const about = [
    ["source", meta.source === "sim" ? "simulator" : meta.source],
    ["kernel", meta.kernel],
    ["chip", meta.chip],
    ["workload", meta.workload],
    ["seed", meta.seed ?? ""],
    [
      "tunables",
      Object.entries(meta.tunables)
        .map(([k, v]) => `${k}=${v}`)
        .join(" "),
    ],
    ["tool", meta.tool],
    ["rows", `${s.rows} in ${(span / 1e9).toFixed(3)} s`],
    [
      "runs",
      Object.entries(s.runs)
        .map(([name, rows]) => `${name || "(no name)"}: ${rows}`)
        .join(", "),
    ],
    ["tasks, CPUs", `${s.pids}, ${s.cpus}`],
    ["lost records", String(s.lost ?? "unknown")],
    ["unknown columns", s.unknownColumns.join(" ")],
    ...Object.entries(meta.notes),
  ].filter(([, value]) => value !== "");
  const width = Math.max(...about.map(([name]) => name.length));
  const reasons = Object.entries(s.reasons).map(([r, n]) => [r || "(unknown)", String(n), percent(n)]);
  const targets = Object.entries(s.positives).map(([t, n]) =>
    n === null ? [t, "unknown", ""] : [t, String(n), percent(n)],
  );
  const gaps = s.gaps.map((g) => [(g.from / 1e9).toFixed(6), ((g.to - g.from) / 1e6).toFixed(3)]);
  return [
    path,
    ...about.map(([name, value]) => `  ${name.padEnd(width)}  ${value}`),
    "",
    textTable(["reason", "rows", "share"], reasons),
    "",
    textTable(["label", "rows", "share"], targets),
    "",
    textTable(["longest gaps: from, s", "length, ms"], gaps),
  ].join("\n");
}
