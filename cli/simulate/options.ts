import type { SchedstatCpu } from "../../sim/balance/schedstat.ts";

/** For the help of options that take a migration cost. */
export const MIGRATION_COST_HELP = "such as 500us; a bare number is ns; 0: never, -1: always";

/** Levels that --nice-tries names and that none of these domains has: setting them changes nothing. */
export function levelsWithoutDomains(text: string, cpus: readonly Pick<SchedstatCpu, "domains">[]): string[] {
  const named = [...text.matchAll(/([A-Za-z]+)=/g)].map((match) => match[1].toUpperCase());
  const there = new Set(cpus.flatMap((cpu) => cpu.domains.map((domain) => domain.level)));
  return named.filter((level) => !there.has(level));
}
