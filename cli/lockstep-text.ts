import type { Difference } from "../sim/lockstep/compare.ts";

/** The first difference of two dumps, with the whole step on both sides. */
export function differenceText(d: Difference): string {
  const side = (name: string, line: string | null, step: string[]) =>
    [`${name}: ${line?.trim() ?? "no such line"}`, ...step.map((text) => `    ${text}`)].join("\n");
  const what = d.field === null ? d.object : `${d.object}, field ${d.field}`;
  return [
    `first difference: ${d.scenario}, step ${d.step} (${d.operation}), line ${d.line} of the dump: ${what}`,
    side("kernel", d.expected, d.expectedStep),
    side("model", d.actual, d.actualStep),
  ].join("\n");
}
