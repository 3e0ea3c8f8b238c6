/**
 * What can be set of adapting, by name: whole numbers, as the parameters of every policy. The cost of training is stated, not
 * measured: a simulation must not depend on how fast the machine is that computes it.
 */
export const ADAPT_PARAMETERS = {
  window: {
    value: 1000,
    unit: "calls",
    min: 50,
    max: 20_000,
    about: "the last calls, on which a new model is trained",
  },
  hard: {
    value: 50,
    unit: "calls",
    min: 10,
    max: 2000,
    about: "the last hard cases, by which a model is judged",
  },
  threshold: {
    value: 90,
    unit: "%",
    min: 1,
    max: 100,
    about: "agreement below which a new model is trained",
  },
  margin: {
    value: 2,
    unit: "points",
    min: 0,
    max: 100,
    about: "by so much less a new model may agree than the former one before it is rolled back",
  },
  distanceNs: { value: 1e9, unit: "ns", min: 0, max: 1e12, about: "least time between two trainings" },
  epochs: { value: 60, unit: "", min: 1, max: 1000, about: "most passes over the window" },
  rowNs: { value: 1000, unit: "ns", min: 0, max: 1e6, about: "CPU time to train on one row once" },
  act: { value: 0, unit: "", min: 0, max: 1, about: "1: the model decides while it is confident" },
} as const;

/** A value for each of ADAPT_PARAMETERS. */
export type AdaptParameters = Readonly<Record<keyof typeof ADAPT_PARAMETERS, number>>;

/** All at their defaults but those given. */
export const adaptParameters = (given: Partial<AdaptParameters> = {}): AdaptParameters => ({
  ...(Object.fromEntries(
    Object.entries(ADAPT_PARAMETERS).map(([name, { value }]) => [name, value]),
  ) as AdaptParameters),
  ...given,
});
