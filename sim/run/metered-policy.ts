import { cpuNumbers } from "../chip/topology.ts";
import { randomStream } from "../engine/random.ts";
import type { MigrationQuery, Policy, PolicyChip, Verdict } from "../policy/policy.ts";
import type { SimulationOptions } from "./options.ts";

export interface PolicyMeter {
  /** What the core asks; undefined = its own stock rule. */
  policy: Policy | undefined;
  name: string;
  calls: number;
}

/**
 * Initialises the policy of a run with the chip and its random stream, counts its decisions and charges the inference
 * of a learned one, where it is asked, to the CPU that balances (`charge`).
 */
export function meteredPolicy(options: SimulationOptions, charge: (ns: number) => void): PolicyMeter {
  if (!options.policy) return { policy: undefined, name: "cfs", calls: 0 };
  const { topology } = options;
  const coreOf: number[] = [];
  cpuNumbers(topology).forEach((number, i) => {
    while (coreOf.length < number) coreOf.push(-1);
    coreOf.push(topology.cpus[i].core);
  });
  const chip: PolicyChip = {
    name: topology.name,
    cpus: topology.cpus.length,
    coreOf,
  };
  const inner = options.policy(chip, randomStream(options.seed, "policy"));
  const cost = options.chargeInference ? options.hardware.inferenceNs : 0;
  const meter: PolicyMeter = {
    name: inner.name,
    calls: 0,
    policy: {
      name: inner.name,
      decide(query: MigrationQuery): Verdict {
        meter.calls++;
        if (cost > 0 && (inner.asks?.(query) ?? true)) charge(cost);
        return inner.decide(query);
      },
    },
  };
  return meter;
}
