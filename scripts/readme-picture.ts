/**
 * Draws docs/picture.svg from the results of a run:
 *
 *   npm start && npx tsx scripts/readme-picture.ts runs/main/results.json
 */
import { readFileSync } from "node:fs";
import type { RunResults } from "../cli/run/results.ts";
import { drawReasons, REASON_COLOURS } from "../notebooks/figures/reasons.ts";
import { writeFileAtomic } from "../traces/atomic-file.ts";

const LEGEND_HEIGHT = 34;
const results: RunResults = JSON.parse(readFileSync(process.argv[2] ?? "runs/main/results.json", "utf8"));
const traces = results.traces
  .filter((t) => t.role !== "train")
  .map((t) => ({ trace: `${t.workload} (${t.role === "real" ? "real" : "simulated"})`, counts: t.reasons }));
const seen = Object.keys(REASON_COLOURS).filter((r) => traces.some((t) => (t.counts[r] ?? 0) > 0));

let x = 12;
const legend = seen.map((reason) => {
  const at = x;
  x += 30 + 7.5 * reason.length;
  return `<rect x="${at}" y="10" width="13" height="13" fill="${REASON_COLOURS[reason]}"/><text x="${at + 18}" y="21">${reason}</text>`;
});
const plot = drawReasons(traces, false).replace("<svg ", `<svg y="${LEGEND_HEIGHT}" `);
const height = Number(/height="(\d+)"/.exec(plot)![1]) + LEGEND_HEIGHT;
writeFileAtomic(
  "docs/picture.svg",
  `<svg xmlns="http://www.w3.org/2000/svg" width="860" height="${height}" viewBox="0 0 860 ${height}" font-family="system-ui, sans-serif" font-size="12" fill="#1b1f24"><rect width="100%" height="100%" fill="#fff"/>
${legend.join("\n")}
${plot}
</svg>
`,
);
console.log("docs/picture.svg");
