import { describe, describeRequest, type InputError, type InputErrorDetails } from "../traces/input-error.ts";

/** Options of the library that the command line calls otherwise than --their-name. */
const CALLED: Readonly<Record<string, string>> = {
  workload: "<workload>",
  recording: "<recording>",
  traces: "<trace>",
  parameters: "--param",
  tunables: "--tunable",
  durationNs: "--duration",
  migrationCostNs: "--migration-cost",
  learningRate: "--lr",
  batchSize: "--batch",
};

/** Better advice than the library has: it knows no options. */
export const ADVICE: Readonly<Record<string, string>> = {
  checkpoint: "Remove the file, or train without --resume, to begin from the start.",
  "gzip-for-csv":
    "Give it a name that ends in .csv.gz, or unpack it: `zcat FILE | nicetries trace import - --out RUN.parquet`.",
  "model-size": "Use fewer hidden units (--hidden) or inputs (--features).",
  "no-card": "Leave --threshold out, or train again.",
  "no-decision": "`nicetries trace check` names the rows that are wrong; leave them out.",
  "no-delimiter": "Say what stands between cells with `nicetries trace import --delimiter`.",
  "no-description": "Export a .nt model (`nicetries model export`) to see the form.",
  "no-regular-file":
    "Write it to a file first, or give it on standard input, as -: to `nicetries simulate`, `workload` and `fidelity` a recording, to `nicetries trace import` CSV.",
  "nobody-runs": "Widen --tasks or --window; `nicetries workload FILE` lists the tasks.",
  "no-rows": "Record or simulate for longer, then look with `nicetries trace info`.",
  "no-trace": "Bring raw recordings in with `nicetries trace import`.",
  "nothing-to-judge": "Look at the traces with `nicetries trace info`.",
  "one-class":
    "Give more traces, another --split or another --target; `nicetries trace label` counts the labels.",
  "other-conditions":
    "Keep them apart: train and evaluate take several traces. What was only not recorded can be said at `nicetries trace import --meta`.",
  "other-plan": "Choose another --out, or remove the folder.",
  "other-run": "Take another --name, or start over with --force, which removes what that run has written.",
  "sweep-unfinished": "`nicetries sweep` with the same plan and --out goes on with what is missing.",
  "sweep-unmerged": "Let `nicetries sweep` end, or put its parts together with `nicetries sweep merge`.",
  "too-many-rows": "Split the trace with `nicetries trace split`, or use a command that streams.",
  "unknown-column":
    "Rename or remove the column, or bring it in with `nicetries trace import --ignore-unknown`, --rename NAME=COLUMN or --preset; docs/traces.md lists all columns.",
  "unknown-when-judging":
    "Judge on traces that have it, or train a model that does without (`train --features`).",
  "unknown-when-training": "Leave it out with --features, or give a trace that has it.",
  "wrong-plan": "`nicetries simulate --list` shows names and values; docs/sweeps.md explains plans.",
};

/** What an error says to a person at the command line: options as they are typed there. */
export function inputErrorText({ name, problem, details }: InputError): string {
  const { option, code = "" } = details;
  const said: InputErrorDetails = {
    ...details,
    option: option === undefined ? undefined : flagOf(option),
    hint: Object.hasOwn(ADVICE, code) ? ADVICE[code] : details.hint,
  };
  return name === "RequestError" ? describeRequest(problem, said) : describe(problem, said);
}

/** "--nice-tries" of "niceTries"; what is no name of an option stays. */
export function flagOf(option: string): string {
  if (Object.hasOwn(CALLED, option)) return CALLED[option];
  return /^\w+$/.test(option) ? `--${option.replace(/[A-Z]/g, (c) => `-${c.toLowerCase()}`)}` : option;
}
