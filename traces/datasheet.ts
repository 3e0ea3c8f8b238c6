/**
 * Writes the tables of the README.md in a folder of traces from the traces themselves:
 *
 *     npx tsx traces/datasheet.ts traces/real
 *
 * A test compares the files with what this program would write.
 */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { writeFileAtomic } from "./atomic-file.ts";
import { isSound, TraceChecker } from "./check.ts";
import { openTrace } from "./read-trace.ts";
import { REASONS } from "./schema.ts";
import { summarizeTrace } from "./summarize.ts";
import type { TraceSummary } from "./summary.ts";

const BEGIN = "<!-- tables: begin -->";
const END = "<!-- tables: end -->";

interface Sheet {
  name: string;
  summary: TraceSummary;
  agree: number;
  sound: boolean;
}

async function readSheets(folder: string): Promise<Sheet[]> {
  const sheets: Sheet[] = [];
  for (const name of readdirSync(folder)
    .filter((n) => n.endsWith(".parquet"))
    .sort()) {
    const path = join(folder, name);
    const checker = new TraceChecker();
    for await (const chunk of openTrace(path).chunks()) checker.observe(chunk);
    const result = checker.finish();
    sheets.push({
      name: name.replace(/\.parquet$/, ""),
      summary: await summarizeTrace(path),
      agree: result.agree,
      sound: isSound(result),
    });
  }
  return sheets;
}

function tables(sheets: readonly Sheet[]): string {
  const sum = (of: (s: Sheet) => number) => sheets.reduce((total, s) => total + of(s), 0);
  const thousands = (n: number) => n.toLocaleString("en-US");
  const share = (n: number, of: number) => `${thousands(n)} (${((100 * n) / of).toFixed(2)} %)`;
  const row = (cells: readonly (string | number)[]) => `| ${cells.join(" | ")} |`;
  const table = (header: readonly string[], rows: readonly (readonly (string | number)[])[]) =>
    [row(header), row(header.map((_, i) => (i === 0 ? "---" : "---:"))), ...rows.map(row)].join("\n");

  const distinct = (of: (s: Sheet) => string | undefined) =>
    [...new Set(sheets.map(of))].filter(Boolean).join("; ");
  const simulated = sheets.every((s) => s.summary.meta.source === "sim");
  const recordings = table(
    [
      "trace",
      simulated ? "workload" : "command",
      "chip",
      "migration cost, ms",
      simulated ? "seed" : "lost",
      "s",
      "tasks",
    ],
    sheets.map(({ name, summary: s }) => [
      name,
      `\`${s.meta.workload}\``,
      s.meta.chip,
      s.meta.tunables.migration_cost_ns / 1e6,
      simulated ? (s.meta.seed ?? "") : (s.lost ?? "unknown"),
      ((s.lastTs! - s.firstTs!) / 1e9).toFixed(1),
      s.pids,
    ]),
  );
  const balance = table(
    ["trace", "rows", "migrate", "forced now", "forced eventually", "replayed by the rule"],
    [
      ...sheets.map(({ name, summary: s, agree }) => [
        name,
        thousands(s.rows),
        share(s.positives.migrate!, s.rows),
        share(s.positives.forced_now!, s.rows),
        share(s.positives.forced_eventually!, s.rows),
        thousands(agree),
      ]),
      [
        "all",
        thousands(sum((s) => s.summary.rows)),
        ...(["migrate", "forced_now", "forced_eventually"] as const).map((target) =>
          share(
            sum((s) => s.summary.positives[target]!),
            sum((s) => s.summary.rows),
          ),
        ),
        thousands(sum((s) => s.agree)),
      ],
    ],
  );
  const reasons = REASONS.filter((r) => sum((s) => s.summary.reasons[r] ?? 0) > 0);
  const byReason = table(
    ["trace", ...reasons],
    sheets.map(({ name, summary: s }) => [name, ...reasons.map((r) => thousands(s.reasons[r] ?? 0))]),
  );
  const about = [
    ["Kernel", distinct((s) => s.summary.meta.kernel)],
    ["Machine", distinct((s) => s.summary.meta.notes.machine)],
    [simulated ? "Program" : "Collector", distinct((s) => s.summary.meta.tool)],
  ];
  return [
    ...about.filter(([, value]) => value !== "").map(([what, value]) => `${what}: ${value}.`),
    "",
    "### Recordings",
    "",
    recordings,
    "",
    "### Class balance",
    "",
    balance,
    "",
    "### Rows by reason",
    "",
    byReason,
  ].join("\n");
}

/** The README.md of a folder as it should be. Throws when a trace does not pass its own check. */
export async function renderDatasheet(folder: string): Promise<string> {
  const sheets = await readSheets(folder);
  for (const { name, sound } of sheets) if (!sound) throw new Error(`${name} does not pass its check`);
  const [before, rest] = readFileSync(join(folder, "README.md"), "utf8").split(BEGIN);
  const after = rest?.split(END)[1];
  if (after === undefined) throw new Error(`${folder}/README.md has lost its marks`);
  return `${before}${BEGIN}\n\n${tables(sheets)}\n\n${END}${after}`;
}

if (process.argv[1] === fileURLToPath(import.meta.url))
  for (const folder of process.argv.slice(2))
    writeFileAtomic(join(folder, "README.md"), await renderDatasheet(folder));
