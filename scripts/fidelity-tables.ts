import { verdictCounts } from "../fidelity/compare.ts";
import type { Control } from "../fidelity/control.ts";
import type { FidelityResult } from "../fidelity/result.ts";
import { TOLERANCES } from "../fidelity/tolerances.ts";
import { storedResults } from "../lab/fidelity/stored.ts";
import { markdownTable } from "./markdown.ts";
import { type ShownReplays, shownReplays } from "./replays.ts";

/** The tolerances, family by family. */
export function toleranceTable(): string {
  return markdownTable(
    ["family", "percent of the real value", "at least", "covers"],
    Object.entries(TOLERANCES).map(([name, { percent, floor, about }]) => [
      name,
      `${percent} %`,
      String(floor),
      about,
    ]),
    "lrrl",
  );
}

/** Metrics whose simulated and real ranges the table of stored comparisons shows. */
const SHOWN = ["calls/s", "forced per 1000", "detached/s", "run s/s", "wait s/s"] as const;

/** The stored comparisons: verdicts, and a few metrics as simulated / real. */
export function storedTable(): string {
  return markdownTable(
    ["workload", "chip", "boots", "seconds", "agree", "differ", "cannot tell", "controls", ...SHOWN],
    storedResults().map((result) => {
      const counts = verdictCounts(result.metrics);
      return [
        ...[result.workload, result.chip, String(result.boots), String(result.seconds)],
        ...[counts.agrees, counts.differs, counts["cannot tell"]].map(String),
        controlCell(result.controls),
        ...SHOWN.map((name) => both(result, name)),
      ];
    }),
  );
}

/** Metrics in which each control differs, and in how many the same simulation without the fault. */
function controlCell(controls: readonly Control[]): string {
  const baselines = [...new Set(controls.map(({ baseline = 0 }) => baseline))];
  return `${controls.map(({ differs }) => differs).join(", ")} (${baselines.join(", ")})`;
}

function both({ metrics }: FidelityResult, wanted: string): string {
  const found = metrics.find(({ name }) => name === wanted);
  if (!found) return "";
  const middle = ([low, high]: readonly [number, number]) => Number(((low + high) / 2).toPrecision(3));
  return `${middle(found.simulated)} / ${middle(found.real)}`;
}

/** Metrics that differ in any stored comparison, and in how many of them. */
export function differingTable(): string {
  const counts = new Map<string, number>();
  for (const { metrics } of storedResults())
    for (const { name, verdict } of metrics)
      if (verdict === "differs") counts.set(name, (counts.get(name) ?? 0) + 1);
  const rows = [...counts].sort(([a, n], [b, m]) => m - n || (a < b ? -1 : 1));
  return markdownTable(
    ["metric", "differs in"],
    rows.map(([name, n]) => [name, String(n)]),
    "lr",
  );
}

const bootsOf = ({ boots, heldOut }: ShownReplays): string =>
  `${boots.join(", ")}${heldOut ? ", held out" : ""}`;

/** The recorded schedules against their replays. */
export function replaysTable(): string {
  const range = ([low, high]: readonly [number, number]) =>
    [low, high].map((x) => String(Number(x.toPrecision(3)))).join(" to ");
  return markdownTable(
    [
      "workload",
      "boots",
      "seeds",
      "agree",
      "differ",
      "cannot tell",
      "controls",
      "what differs: recorded / simulated",
    ],
    shownReplays().map((each) => [
      ...[each.workload, bootsOf(each), String(each.seeds)],
      ...[each.agrees, each.differs, each.cannotTell].map(String),
      each.controls.join(", "),
      each.differing
        .map(({ name, recorded, simulated }) => `${name}: ${range(recorded)} / ${range(simulated)}`)
        .join("; "),
    ]),
    "lrrrrrll",
  );
}
