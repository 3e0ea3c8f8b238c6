import { type Command, Option } from "commander";
import { TARGETS } from "../../traces/schema.ts";
import type { FeatureOptions } from "../features/action.ts";
import { countOption } from "../option-values.ts";
import { recordedCostOption } from "../recorded-cost-option.ts";

const EXAMPLES = `
Examples:
  nicetries features traces/real/virtual-time/*-train.parquet --target forced_now
  nicetries features a.parquet b.parquet --target migrate --features wide --by mutualInformation --top 3

One column per trace: ANOVA's F between the two classes (Tables 5.4, 5.6 and 5.7 of the thesis, see docs/glossary.md), then mutual information
in bits, which also sees what is not a difference of means. Each looks at one input by itself. The last line is the
selection of the thesis, the best of each trace merged, as \`nicetries train --features\` takes it.`;

export function register(command: Command): void {
  command
    .argument("<trace...>", "traces (.parquet, .csv or .csv.gz), one per workload")
    .addOption(
      new Option("--target <target>", "label to score against").choices([...TARGETS]).makeOptionMandatory(),
    )
    .option("--features <list>", "a set or columns, as for train; default: every column raw, and coldness")
    .option("--top <n>", "inputs to take of each trace", countOption("--top", 1), 5)
    .addOption(
      new Option("--by <score>", "score to select by")
        .choices(["anovaF", "mutualInformation"])
        .default("anovaF"),
    )
    .addOption(recordedCostOption())
    .option("--json", "print {target, by, traces: [{trace, scores}], selected}")
    .addHelpText("after", EXAMPLES)
    .action(async (traces: string[], options: FeatureOptions) =>
      (await import("../features/action.ts")).features(traces, options),
    );
}
