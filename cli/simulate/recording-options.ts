import { DURATION_EXAMPLES, parseDuration } from "../../traces/quantity.ts";
import { countOption, wrongValue } from "../option-values.ts";

export const WINDOW_HELP = "only this part, from its first event on, such as 2s..5s, 500ms.. or ..1s";

/** Reads --window. @throws UsageError */
export function parseWindow(text: string): { fromNs: number; toNs: number } {
  const [, from, to] = /^(.*?)\.\.(.*)$/.exec(text.trim()) ?? [];
  const fromNs = from === "" ? 0 : parseDuration(from ?? "", "s");
  const toNs = to === "" ? Number.POSITIVE_INFINITY : parseDuration(to ?? "", "s");
  if (from === undefined || fromNs === undefined || toNs === undefined || fromNs >= toNs)
    throw wrongValue(
      "--window",
      `FROM..TO, two times such as ${DURATION_EXAMPLES}, the first the smaller one`,
      text,
    );
  return { fromNs, toNs };
}

const count = countOption("--loop", 1, 1e9);

/** Reads --loop: a count, or `forever`. @throws UsageError */
export const parseLoop = (text: string): number =>
  text === "forever" ? Number.POSITIVE_INFINITY : count(text);
