import { InputError } from "../../../traces/input-error.ts";
import type { Workload, WorkloadSetup } from "../programme.ts";

/** A knob of a benchmark model. All values are integers. */
export interface ModelParameter {
  readonly value: number;
  readonly unit: string;
  readonly min: number;
  readonly max: number;
  readonly about: string;
  /** Where the default comes from; "assumed" where nothing better is known. */
  readonly source: string;
}

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
      const values = resolve(name, parameters, given);
      return {
        name,
        definition: JSON.stringify({ model: name, ...values }),
        unit,
        durationNs: definition.seconds * 1_000_000_000,
        notes: [],
        setUp: (setup) => definition.setUp(setup, values),
      };
    },
  };
}

function resolve<P extends ModelParameters>(
  model: string,
  parameters: P,
  given: Readonly<Record<string, number>>,
): Values<P> {
  for (const [name, value] of Object.entries(given)) {
    const p = Object.hasOwn(parameters, name) ? parameters[name] : undefined;
    if (!p) {
      throw new InputError(`model ${model} has no such parameter`, {
        field: name,
        expected: `one of ${Object.keys(parameters).join(", ")}`,
      });
    }
    if (!Number.isInteger(value) || value < p.min || value > p.max) {
      throw new InputError(`parameter of model ${model} out of range`, {
        field: name,
        found: value,
        expected: `an integer ${p.min}..${p.max}${p.unit ? ` (${p.unit})` : ""}`,
      });
    }
  }
  return Object.fromEntries(
    Object.entries(parameters).map(([name, p]) => [name, given[name] ?? p.value]),
  ) as Values<P>;
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
