import { visible } from "../../traces/input-error.ts";
import type { Change, Made } from "../../traces/made.ts";
import type { TraceSummary } from "../../traces/summary.ts";
import { againBy } from "../again.ts";
import { textTable } from "../output.ts";

/** "24.json sha256 0123456789ab": the files that a simulation has read. */
function filesOf(made: Made | undefined): string {
  const files = (made?.files ?? []) as readonly { name: string; sha256: string }[];
  return Array.isArray(files)
    ? files.map((f) => `${f.name} sha256 ${String(f.sha256).slice(0, 12)}`).join(", ")
    : "";
}

/** "trace sample --rows 100 --seed 7" */
function changeText({ command, ...options }: Change): string {
  return [command, ...Object.entries(options).flatMap(([name, value]) => [`--${name}`, String(value)])].join(
    " ",
  );
}

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
    ["made again by:", againBy(meta.made) ?? ""],
    ["read", filesOf(meta.made)],
    ["then", (meta.changes ?? []).map(changeText).join("; ")],
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
  ]
    .filter(([, value]) => value !== "")
    .map(([name, value]) => [visible(name), visible(value)]);
  const width = Math.max(...about.map(([name]) => name.length));
  const reasons = Object.entries(s.reasons).map(([r, n]) => [
    visible(r) || "(unknown)",
    String(n),
    percent(n),
  ]);
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
