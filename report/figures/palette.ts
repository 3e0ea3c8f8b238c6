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

/** Who answers while a model adapts: the model in force, the one that it began with, and the more frequent answer. */
export const ADAPT_COLOURS: Readonly<Record<string, string>> = {
  "trained anew": "#0072b2",
  "left alone": "#e69f00",
  majority: "#24292f",
};

/** What a colour of figures, or of their lines and letters, becomes on a dark page; all others stay. */
export const IN_THE_DARK: Readonly<Record<string, string>> = {
  "#24292f": "#f0f6fc",
  "#57606a": "#9aa4af",
  "#eaeef2": "#30363d",
  "#0b62a8": "#1f78d1",
  "#8c0d1a": "#df302d",
  "#d9660a": "#ff8c2b",
  "#fdb863": "#ffd9a0",
  "#6e7781": "#656d76",
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
