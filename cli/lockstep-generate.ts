import { generateScenario, NOHZ_PREFIX } from "../sim/lockstep/generate.ts";
import { SCENARIO_KINDS } from "../sim/lockstep/kinds.ts";
import type { Scenario } from "../sim/lockstep/scenario.ts";
import { wrongValue } from "./option-values.ts";

/** A longer scenario is too long to be read again. */
export const MAX_STEPS = 1_000_000;

/** More scenarios than this at once are a slip of the hand. */
const MAX_SCENARIOS = 10_000;

/**
 * The scenarios that KIND:SEEDS stands for: one kind or `all`, one seed or a range of whole numbers (`mixed:1-20`); with
 * `nohz-` before the kind, idle CPUs have no ticks.
 * @throws UsageError
 */
export function generated(
  text: string,
  cpus: number,
  steps?: number,
): { name: string; scenario: Scenario }[] {
  const [, kind, seeds] = /^([^:]+):(.+)$/.exec(text) ?? [];
  if (kind === undefined || seeds === undefined)
    throw wrongValue("--generate", "KIND:SEED or KIND:FIRST-LAST", text);
  const prefix = kind.startsWith(NOHZ_PREFIX) ? NOHZ_PREFIX : "";
  const plain = kind.slice(prefix.length);
  const kinds = plain === "all" ? Object.keys(SCENARIO_KINDS) : [plain];
  const names = Object.keys(SCENARIO_KINDS);
  if (!kinds.every((name) => Object.hasOwn(SCENARIO_KINDS, name)))
    throw wrongValue("--generate", `all or one of ${names.join(", ")}`, plain, names);
  return kinds.flatMap((name) =>
    seedList(seeds).map((seed) => ({
      name: `${prefix}${name}-${seed}`,
      scenario: generateScenario(prefix + name, seed, cpus, steps),
    })),
  );
}

function seedList(text: string): string[] {
  const range = /^(\d{1,9})-(\d{1,9})$/.exec(text);
  if (range === null) {
    // seeds become file names
    if (/^[\w.]{1,40}$/.test(text)) return [text];
    throw wrongValue("--generate", "a seed of letters and digits, or FIRST-LAST", text);
  }
  const [first, last] = [Number(range[1]), Number(range[2])];
  if (last < first || last - first >= MAX_SCENARIOS)
    throw wrongValue("--generate", `FIRST-LAST with at most ${MAX_SCENARIOS} seeds`, text);
  return Array.from({ length: last - first + 1 }, (_, i) => String(first + i));
}

/** The kinds, for help texts. */
export function kindsHelp(): string {
  const width = Math.max(...Object.keys(SCENARIO_KINDS).map((name) => name.length));
  const lines = Object.entries(SCENARIO_KINDS).map(
    ([name, { about }]) => `  ${name.padEnd(width)}  ${about}`,
  );
  const title = `Kinds of generated scenarios (with ${NOHZ_PREFIX} before its name, idle CPUs have no ticks):`;
  return [title, ...lines].join("\n");
}
