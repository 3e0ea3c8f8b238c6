import type { SchedstatCpu } from "../../sim/balance/schedstat.ts";
import { BACKGROUND_RANGE, isBackground } from "../../sim/run/background.ts";
import { numberOption } from "../option-values.ts";

const backgroundFactor = numberOption("--background", {
  expected: `on, off or ${BACKGROUND_RANGE}`,
  holds: isBackground,
});

/** Reads --background as a factor. @throws UsageError */
export const parseBackground = (text: string): number =>
  text === "on" ? 1 : text === "off" ? 0 : backgroundFactor(text);

/** For the help of options that take a migration cost. */
export const MIGRATION_COST_HELP = "such as 500us; a bare number is ns; 0: never, -1: always";

/** Levels that --nice-tries names and that none of these domains has: setting them changes nothing. */
export function levelsWithoutDomains(text: string, cpus: readonly Pick<SchedstatCpu, "domains">[]): string[] {
  const named = [...text.matchAll(/([A-Za-z]+)=/g)].map((match) => match[1].toUpperCase());
  const there = new Set(cpus.flatMap((cpu) => cpu.domains.map((domain) => domain.level)));
  return named.filter((level) => !there.has(level));
}
