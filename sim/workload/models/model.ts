import { checkParameters, type Given, type Parameter } from "../../parameters.ts";
import type { Workload, WorkloadSetup } from "../programme.ts";

/**
 * A knob of a benchmark model.
 *
 * M1. What counts tasks grows with the chip, so that a large one has something to balance too. `value` is the default on
 *     REFERENCE_CPUS and `on` the default elsewhere; `on(REFERENCE_CPUS) === value`. What the user gives is taken as it is.
 */
export interface ModelParameter extends Parameter {
  /** The default on a chip of so many CPUs; absent where it is the same on all. */
  readonly on?: (cpus: number) => number;
  /** Where the default comes from; "assumed" where nothing better is known. */
  readonly source: string;
}

/** CPUs of the chip that the models' defaults were chosen on. */
export const REFERENCE_CPUS = 8;

/** Parameters of a benchmark model, by name. */
export type ModelParameters = Readonly<Record<string, ModelParameter>>;
type Values<P extends ModelParameters> = { readonly [K in keyof P]: number };

/** A benchmark as task programmes with documented parameters. */
export interface Model {
  readonly name: string;
  /** The benchmark it stands for. */
  readonly standsFor: string;
  readonly about: string;
  readonly seconds: number;
  readonly parameters: ModelParameters;
  /** @throws InputError for unknown names and values out of range. */
  workload(values?: Readonly<Record<string, number>>): Workload;
}

/** Makes a model from its parameters and the function that sets up its tasks. */
export function defineModel<P extends ModelParameters>(definition: {
  name: string;
  standsFor: string;
  about: string;
  unit: string;
  /** Simulated time, s, after which a trace has some thousand decisions. */
  seconds: number;
  parameters: P;
  setUp: (setup: WorkloadSetup, values: Values<P>) => void;
}): Model {
  const { name, unit, parameters } = definition;
  return {
    ...definition,
    workload(given = {}) {
      checkParameters(`model ${name}`, parameters, given);
      return {
        name,
        definition: JSON.stringify({ model: name, ...asDefined(parameters, given) }),
        unit,
        durationNs: definition.seconds * 1_000_000_000,
        notes: [],
        setUp: (setup) => definition.setUp(setup, valuesOn(setup.cpus, parameters, given)),
      };
    },
  };
}

/** What the values follow from: a default that depends on the chip is not a number yet. */
function asDefined(parameters: ModelParameters, given: Given): Record<string, number | string> {
  const value = (name: string, p: ModelParameter) =>
    given[name] ?? (p.on ? `${p.value} on ${REFERENCE_CPUS} CPUs` : p.value);
  return Object.fromEntries(Object.entries(parameters).map(([name, p]) => [name, value(name, p)]));
}

function valuesOn<P extends ModelParameters>(cpus: number, parameters: P, given: Given): Values<P> {
  return Object.fromEntries(
    Object.entries(parameters).map(([name, p]) => [name, given[name] ?? defaultOn(cpus, p)]),
  ) as Values<P>;
}

/** The default of a parameter on a chip of so many CPUs. */
export function defaultOn(cpus: number, { value, on, min, max }: ModelParameter): number {
  return on ? Math.min(max, Math.max(min, on(cpus))) : value;
}

/** A parameter. */
export const parameter = (
  value: number,
  unit: string,
  min: number,
  max: number,
  about: string,
  source: string,
): ModelParameter => ({ value, unit, min, max, about, source });

/** A count that grows as the CPUs do (M1): `value` on REFERENCE_CPUS, at least one where that has one. */
export function perCpu(p: ModelParameter): ModelParameter {
  const least = Math.min(1, p.value);
  return { ...p, on: (cpus) => Math.max(least, Math.round((p.value * cpus) / REFERENCE_CPUS)) };
}
