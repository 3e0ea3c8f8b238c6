import { describe, describeRequest, type InputError, type InputErrorDetails } from "../traces/input-error.ts";

/** Options of the library that the command line calls otherwise than --their-name. */
const CALLED: Readonly<Record<string, string>> = {
  workload: "<workload>",
  traces: "<trace>",
  parameters: "--param",
  tunables: "--tunable",
  durationNs: "--duration",
  migrationCostNs: "--migration-cost",
  learningRate: "--lr",
  batchSize: "--batch",
};

/** Better advice than the library has: it knows no options. */
const ADVICE: Readonly<Record<string, string>> = {
  "other-run": "Take another --name, or start over with --force, which removes what that run has written.",
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
function flagOf(option: string): string {
  if (Object.hasOwn(CALLED, option)) return CALLED[option];
  return /^\w+$/.test(option) ? `--${option.replace(/[A-Z]/g, (c) => `-${c.toLowerCase()}`)}` : option;
}
