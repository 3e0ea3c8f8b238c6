/**
 * What a colour means, the same in reports, notebooks and the README. Any two colours of a group can be told apart with
 * normal sight and with each of the three colour-vision deficiencies (test/report/palette.test.ts measures it).
 */

/** Reasons of decisions: tasks that stayed in grey and blue, tasks that moved in yellow to red, force darkest. */
export const REASON_COLOURS: Readonly<Record<string, string>> = {
  throttled: "#24292f",
  percpu_kthread: "#6e7781",
  affinity: "#b1b1b1",
  running: "#9fd3f7",
  hot_refused: "#0b62a8",
  cold: "#fdb863",
  active: "#d9660a",
  forced: "#8c0d1a",
};

/** Reasons for which a task moves. */
export const MOVED: readonly string[] = ["cold", "active", "forced"];

/** Who judges decisions. A network is called by its preset. */
export const JUDGE_COLOURS: Readonly<Record<string, string>> = {
  rule: "#24292f",
  libml: "#009e73",
  pytorch: "#e69f00",
  best: "#0072b2",
  "best at base rate": "#7fc6f5",
};

/** Migration policies; what the network decides has the colour of `best`. */
export const POLICY_COLOURS: Readonly<Record<string, string>> = {
  cfs: "#24292f",
  "never-hot": "#e69f00",
  always: "#8c0d1a",
  oracle: "#b1b1b1",
  model: "#0072b2",
  premigrate: "#009e73",
};

/** Names with their colours, as a scale of Observable Plot takes them. @throws for a name that has no colour. */
export function scaleOf(
  names: readonly string[],
  colours: Readonly<Record<string, string>>,
): { domain: string[]; range: string[] } {
  const unknown = names.find((name) => !Object.hasOwn(colours, name));
  if (unknown !== undefined)
    throw new Error(`no colour for ${unknown}; there are ${Object.keys(colours).join(", ")}`);
  return { domain: [...names], range: names.map((name) => colours[name]) };
}
