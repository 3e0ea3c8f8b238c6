import type { Corrections } from "../../sim/workload/replay/replay.ts";

/**
 * What a person should know of the difference between the CPU time of a recording and the work that its replay does; undefined where there is none.
 * @param oneStream All CPUs of its machine shared one stream of instructions: virtual time.
 */
export function workNote(
  { cpuNs, workNs, sharedNs, slowNs, costsNs }: Corrections,
  oneStream: boolean,
): string | undefined {
  if (ms(workNs) === ms(cpuNs)) return undefined;
  const replayed = `${ms(cpuNs)} of CPU time are replayed as ${ms(workNs)} of work`;
  const costs = ms(costsNs) === ms(0) ? [] : [`${ms(costsNs)} were context switches and system calls`];
  if (oneStream)
    return [
      `${replayed}, counted in ms with all CPUs busy: in virtual time the busy CPUs share one stream of instructions, so that each does the more the fewer they are`,
      ...costs,
    ].join("; ");
  const percent = (ns: number) => `${((100 * ns) / Math.max(1, cpuNs)).toFixed(1)} %`;
  const reasons = [
    ...(sharedNs > 0
      ? [`for ${percent(sharedNs)} of the time the other thread of the core was busy, too`]
      : []),
    ...(slowNs > 0 ? [`for ${percent(slowNs)} of the time the CPU ran below its highest frequency`] : []),
    ...costs,
  ];
  return `${replayed}, counted in ms of a whole core at full speed${reasons.map((text, i) => (i === 0 ? `: ${text}` : `; ${text}`)).join("")}. The simulated chip slows work down in its own way`;
}

const ms = (ns: number): string => `${(ns / 1e6).toFixed(1)} ms`;
