import { cpuNumbers, type Topology } from "../chip/topology.ts";
import type { Clock } from "../engine/agenda.ts";
import { randomStream } from "../engine/random.ts";
import { checkParameters } from "../parameters.ts";
import { operationsOf, wrapOperations } from "../policy/operations.ts";
import type { Policy, PolicyChip, PolicyFactory, PolicyHost } from "../policy/policy.ts";
import type { Tunables } from "../tunables.ts";
import type { SimulationOptions } from "./options.ts";

export interface PolicyMeter {
  /** What the core asks; undefined = its own stock rule. */
  policy: Policy | undefined;
  name: string;
  /** Questions asked. */
  calls: number;
}

/**
 * Makes the policy of a run, counts the questions it is asked and charges the inference of a learned one, where it is
 * needed, to the CPU whose code asks (`charge`). What it computes beside is the policy thread's (`work`).
 * @throws InputError for parameters that it does not have, and operations that nobody asks
 */
export function meteredPolicy(
  options: SimulationOptions,
  tunables: Tunables,
  clock: Clock,
  charge: (ns: number) => void,
  work: PolicyHost["work"],
): PolicyMeter {
  const { policy: factory } = options;
  if (!factory) return { policy: undefined, name: "cfs", calls: 0 };
  const made = factory(hostOf(options, factory, tunables, clock, work));
  const operations = operationsOf(made);
  const asks = operations.asked.get("asks");
  operations.asked.delete("asks");
  const cost = options.chargeInference ? options.hardware.inferenceNs : 0;
  const meter: PolicyMeter = {
    name: made.name,
    calls: 0,
    policy: wrapOperations(made.name, operations, (name, operation) => (query) => {
      meter.calls++;
      if (cost > 0 && name === "decide" && (asks === undefined || asks(query))) charge(cost);
      return operation(query);
    }),
  };
  return meter;
}

function hostOf(
  { topology, seed, policyParameters = {} }: SimulationOptions,
  { parameters = {} }: PolicyFactory,
  { newidleCost: _, newidleRandom: __, ...tunables }: Tunables,
  clock: Clock,
  work: PolicyHost["work"],
): PolicyHost {
  checkParameters("the policy", parameters, policyParameters);
  const defaults = Object.entries(parameters).map(([name, { value }]) => [name, value]);
  return Object.freeze({
    chip: chipOf(topology),
    random: randomStream(seed, "policy"),
    now: () => clock.now + 0, // the clock begins at -0
    work,
    tunables: Object.freeze({ ...tunables, cacheNiceTries: Object.freeze({ ...tunables.cacheNiceTries }) }),
    parameters: Object.freeze({ ...Object.fromEntries(defaults), ...policyParameters }),
  });
}

function chipOf(topology: Topology): PolicyChip {
  const coreOf: number[] = [];
  cpuNumbers(topology).forEach((number, i) => {
    while (coreOf.length < number) coreOf.push(-1);
    coreOf.push(topology.cpus[i].core);
  });
  return Object.freeze({
    name: topology.name,
    cpus: topology.cpus.length,
    coreOf: Object.freeze(coreOf),
  });
}
