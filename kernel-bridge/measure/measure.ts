/** Measurements of a real kernel by name: what each needs of the models that it is given. */
import type { MeasurementName, Measurements } from "../../traces/measured.ts";
import type { Contender } from "../deploy/contenders.ts";
import { measureCost } from "./cost.ts";
import type { MeasureOptions } from "./parts.ts";
import { measurePremigration } from "./premigration.ts";
import { measureShadow } from "./shadow.ts";
import { measureVerified } from "./verified.ts";

/** A model for a measurement. */
export interface GivenModel {
  name: string;
  file: string;
  benchmark?: string;
  target?: string;
  preset?: string;
}

type Make<N extends MeasurementName> = (
  options: MeasureOptions,
  models: readonly GivenModel[],
) => Promise<Measurements[N]>;

const byName = (models: readonly GivenModel[]): Record<string, string> =>
  Object.fromEntries(models.map(({ name, file }) => [name, file]));

/** How many turns a network takes of each cycle: its positives are rare. */
const TURNS: Readonly<Record<string, number>> = { migrate: 1, forced_eventually: 2, forced_now: 2 };

const MAKERS: { [N in MeasurementName]: Make<N> } = {
  cost: (options, models) => measureCost(options, costContenders(byName(models))),
  shadow: (options, models) =>
    measureShadow(
      options,
      models.map(({ file, benchmark = "", target = "", preset = "" }) => ({
        benchmark,
        target,
        preset,
        model: file,
        turns: TURNS[target] ?? 1,
      })),
    ),
  verified: (options, models) => measureVerified(options, byName(models)),
  premigration: (options, models) => measurePremigration(options, byName(models)),
};

function costContenders(files: Record<string, string>): Contender[] {
  const libml = files.libml;
  return [
    { name: "stock", model: libml, mode: "off", arithmetic: "fixed" },
    { name: "decide, the thesis's 7-9-1", model: libml, mode: "decide", arithmetic: "fixed" },
    { name: "decide, zoo/e1", model: files["zoo/e1"], mode: "decide", arithmetic: "fixed" },
    { name: "premigrate, zoo/e2", model: files["zoo/e2"], mode: "premigrate", arithmetic: "fixed" },
  ];
}

/** Makes a measurement, or goes on with one that was interrupted. */
export const measure = <N extends MeasurementName>(
  name: N,
  options: MeasureOptions,
  models: readonly GivenModel[],
): Promise<Measurements[N]> => MAKERS[name](options, models);
