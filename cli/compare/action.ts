import { isPast, parseGate } from "../../lab/compare/gate.ts";
import { openSide, pairUp, worldsOf } from "../../lab/compare/pairs.ts";
import { comparePairs, type MetricComparison } from "../../lab/compare/verdict.ts";
import { expectWritable, refuseReplacingInputs } from "../../lab/files/output-files.ts";
import { randomStream } from "../../sim/engine/random.ts";
import { writeFileAtomic } from "../../traces/atomic-file.ts";
import { InputError } from "../../traces/input-error.ts";
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
  if (page !== undefined) {
    refuseReplacingInputs([page], [a.file, b.file], "page");
    expectWritable([page]);
  }
  const { pairs, alone } = pairUp(a, b);
  if (alone > 0) note(`${alone} simulations have no partner on the other side, and are left out`);
  const [lengthA, lengthB] = [a.results.duration, b.results.duration];
  if (lengthA !== lengthB)
    note(
      `the simulations of A took ${lengthA ?? "the workload's own time"}, those of B ${lengthB ?? "the workload's own time"}`,
    );
  const metrics = comparePairs(pairs, {
    random: randomStream("1", "compare"),
    relevant,
    ...(metric.length === 0 ? {} : { metrics: [...new Set(metric)] }),
  });
  const judged = gates.map((gate) => ({ gate: gate.text, past: isPast(gate, metrics) }));
  const comparison = {
    a: nameA,
    b: nameB,
    pairs: pairs.length,
    worlds: worldsOf(pairs).length,
    alone,
    metrics,
    gates: judged,
  };
  if (page !== undefined)
    writeFileAtomic(page, (await import("./page.ts")).comparisonPage(comparison, a, b, pairs));
  if (plain) print(`${ratioOf(metrics[0])}\n`);
  else if (json) printJson(comparison);
  else print(`${comparisonText(comparison)}\n`);
  for (const [i, { gate, past }] of judged.entries()) {
    const { a: before, b: after } = metrics.find(({ name }) => name === gates[i].metric)!;
    const held = before === 0 && after === 0 ? "nothing to judge, it is 0 on both sides" : "B is not past it";
    note(`gate ${gate}: ${past ? "B is past it" : held}`);
  }
  if (judged.some(({ past }) => past)) process.exitCode = 1;
}

/** B / A, for programs. @throws InputError where there is none */
function ratioOf({ name, ratio, b }: MetricComparison): number {
  if (ratio !== null) return ratio;
  throw new InputError("B / A is no number", {
    field: name,
    found: `0 for A, ${b} for B`,
    expected: "an A above 0",
    hint: "Take another metric, or --json, which has the difference.",
  });
}
