import { isPast, parseGate } from "../../lab/compare/gate.ts";
import { openSide, pairUp } from "../../lab/compare/pairs.ts";
import { comparePairs } from "../../lab/compare/verdict.ts";
import { randomStream } from "../../sim/engine/random.ts";
import { writeFileAtomic } from "../../traces/atomic-file.ts";
import { usage } from "../option-values.ts";
import { note, print, printJson } from "../output.ts";
import { UsageError } from "../report-failure.ts";
import { comparisonText } from "./text.ts";

/** The options of `nicetries compare`. */
export interface CompareCommandOptions {
  metric: string[];
  relevant: number;
  gate: string[];
  plain?: boolean;
  page?: string;
  json?: boolean;
}

/** Does what `nicetries compare` was asked for. */
export async function compare(nameA: string, nameB: string, options: CompareCommandOptions): Promise<void> {
  const { metric, relevant, plain, json, page } = options;
  if (plain && (metric.length !== 1 || json))
    throw new UsageError("--plain prints one number: name one --metric, and not --json");
  const gates = options.gate.map((text) => usage(() => parseGate(text)));
  const [a, b] = [await openSide(nameA, "<a>"), await openSide(nameB, "<b>")];
  const { pairs, alone } = pairUp(a, b);
  if (alone > 0) note(`${alone} simulations have no partner on the other side, and are left out`);
  const metrics = comparePairs(pairs, {
    random: randomStream("1", "compare"),
    relevant,
    ...(metric.length === 0 ? {} : { metrics: [...new Set(metric)] }),
  });
  const judged = gates.map((gate) => ({ gate: gate.text, past: isPast(gate, metrics) }));
  const comparison = { a: nameA, b: nameB, pairs: pairs.length, alone, metrics, gates: judged };
  if (page !== undefined)
    writeFileAtomic(page, (await import("./page.ts")).comparisonPage(comparison, a, b, pairs));
  if (plain) print(`${metrics[0].ratio ?? Number.NaN}\n`);
  else if (json) printJson(comparison);
  else print(`${comparisonText(comparison)}\n`);
  for (const { gate } of judged.filter(({ past }) => past)) note(`gate ${gate}: B is past it`);
  if (judged.some(({ past }) => past)) process.exitCode = 1;
}
