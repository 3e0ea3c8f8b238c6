/**
 * What a sweep may vary: the options of `simulate`, by the names that the library has for them, with values as the command
 * line takes them.
 */
import { frequencyOf } from "../../sim/chip/frequency.ts";
import { HARDWARE_EFFECTS, HARDWARE_PARAMETERS, type HardwareEffect } from "../../sim/chip/hardware.ts";
import { DEFAULT_TOPOLOGY, presetTopology } from "../../sim/chip/topology-presets.ts";
import { ofOption, RequestError, wrongValue } from "../../traces/input-error.ts";
import { parseAssignments, unitsOf } from "../assignments.ts";
import { isFileName } from "../files/file-names.ts";
import type { SimulationChoice } from "../made.ts";
import { chipName, modelOf } from "../names.ts";
import { checkPolicyParameters } from "../policy/choose-policy.ts";
import { isPolicyName, POLICY_HELP, POLICY_NAMES } from "../policy/names.ts";
import { parseBackground, parseMigrationCost, parseNiceTries, parseTunables, TUNABLES } from "../tunables.ts";

/** One value of each dimension, as text. */
export type Cell = Readonly<Record<string, string>>;

/** Those with a name of their own. */
export const NAMED = [
  "workload",
  "chip",
  "policy",
  "niceTries",
  "migrationCost",
  "groups",
  "autogroup",
  "background",
  "off",
] as const;
/** Those that are named after what they set, as `tunables.nrMigrate`. */
const FAMILIES = ["parameters", "tunables", "hardware"] as const;

/** What may be varied, as JSON Schema has names of properties. */
export const dimensionNames = (): object => ({
  anyOf: [
    {
      enum: [...NAMED, ...familyNames("tunables", TUNABLES), ...familyNames("hardware", HARDWARE_PARAMETERS)],
    },
    { pattern: "^parameters\\.." },
  ],
});

const familyNames = (family: string, members: object): string[] =>
  Object.keys(members).map((member) => `${family}.${member}`);

/** Where a name stands, for errors, and what may stand there beside the families. */
export interface PlaceOfNames {
  option: string;
  /** What is said of it: "needs ...". */
  needs: string;
  named: readonly string[];
}

const IN_A_PLAN: PlaceOfNames = {
  option: "simulate",
  needs: "something that simulate has an option for",
  named: NAMED,
};

/** @throws RequestError for what cannot be varied, with what can. */
export function checkDimension(name: string, { option, needs, named } = IN_A_PLAN): void {
  const [family, member] = [name.replace(/\..*/s, ""), /\.(.*)/s.exec(name)?.[1]];
  if (named.includes(name)) return;
  const members = { tunables: TUNABLES, hardware: HARDWARE_PARAMETERS, parameters: undefined };
  if (member === undefined || !(FAMILIES as readonly string[]).includes(family)) {
    const known = [...named, ...FAMILIES.map((each) => `${each}.NAME`)];
    throw wrongValue(option, `${needs}: ${known.join(", ")}`, name, known);
  }
  const there = members[family as keyof typeof members];
  if (there !== undefined && !Object.hasOwn(there, member))
    throw wrongValue(option, `${family}.NAME with a name out of ${Object.keys(there).join(", ")}`, name, [
      ...familyNames(family, there),
    ]);
}

/** What a simulation of this cell is asked for. @throws RequestError for a value that the option would not take */
export function choiceOf(cell: Cell): SimulationChoice & { workload: string } {
  const { workload, chip, policy, groups } = cell;
  if (workload === undefined) throw new RequestError("simulate", "needs a workload", { field: "workload" });
  if (!isFileName(workload)) modelOf([workload]);
  if (chip !== undefined) chipName(chip);
  if (policy !== undefined && !isPolicyName(policy))
    throw wrongValue("policy", POLICY_HELP, policy, POLICY_NAMES);
  if (policy !== undefined) checkPolicyParameters(policy);
  if (Number(cell["hardware.frequency"]) > 0 && !isFileName(chip ?? DEFAULT_TOPOLOGY))
    ofOption("chip", () => frequencyOf(presetTopology(chip ?? DEFAULT_TOPOLOGY)));
  const of = (family: string) =>
    Object.entries(cell)
      .filter(([name]) => name.startsWith(`${family}.`))
      .map(([name, value]) => `${name.slice(family.length + 1)}=${value}`);
  const parameters = of("parameters");
  if (parameters.length > 0 && isFileName(workload))
    throw new RequestError("parameters", "is for models; rt-app files have none");
  return {
    workload,
    chip,
    policy,
    groups,
    autogroup: cell.autogroup === undefined ? undefined : flag("autogroup", cell.autogroup),
    background: cell.background === undefined ? undefined : parseBackground(cell.background),
    off: cell.off === undefined ? undefined : effects(cell.off),
    parameters:
      parameters.length === 0
        ? undefined
        : parseAssignments("parameters", parameters, unitsOf(modelOf([workload]).parameters)),
    hardware: parseAssignments("hardware", of("hardware"), unitsOf(HARDWARE_PARAMETERS)),
    tunables: {
      ...parseTunables(of("tunables")),
      ...(cell.niceTries === undefined ? {} : { cacheNiceTries: parseNiceTries(cell.niceTries) }),
      ...(cell.migrationCost === undefined
        ? {}
        : { migrationCostNs: parseMigrationCost(cell.migrationCost) }),
    },
  };
}

function flag(option: string, text: string): boolean {
  if (text !== "true" && text !== "false") throw wrongValue(option, "true or false", text);
  return text === "true";
}

/** "none", or names between commas. */
function effects(text: string): HardwareEffect[] {
  const names = Object.keys(HARDWARE_EFFECTS);
  const asked = text === "none" ? [] : text.split(",").map((name) => name.trim());
  const unknown = asked.find((name) => !names.includes(name));
  if (unknown !== undefined)
    throw wrongValue("off", `none, or some of ${names.join(", ")} between commas`, unknown, names);
  return asked as HardwareEffect[];
}
