import type { LbCounters, SchedstatDomain } from "../core.ts";
import type { SimulationResult } from "./result.ts";

/**
 * The text of /proc/schedstat, version 15 (show_schedstat() of Linux 6.1), for the programs that read it. Columns that 6.1
 * never counts are 0, as there.
 */
export function schedstatTable(result: SimulationResult): string {
  const { jiffies, cpus } = result.schedstat;
  const lines = ["version 15", `timestamp ${jiffies}`];
  const possible = cpus[cpus.length - 1].cpu + 1;
  for (const [i, c] of cpus.entries()) {
    const { busyNs, waitNs, arrivals } = result.cpus[i];
    lines.push(
      `cpu${c.cpu} ${c.yldCount} 0 ${c.schedCount} ${c.schedGoidle} ${c.ttwuCount} ${c.ttwuLocal} ${busyNs} ${waitNs} ${arrivals}`,
    );
    c.domains.forEach((domain, level) => {
      lines.push(`domain${level} ${maskText(domain.span, possible)} ${columns(domain)}`);
    });
  }
  return lines.join("\n");
}

const columns = (d: SchedstatDomain): string =>
  [
    ...[d.idle, d.busy, d.newlyIdle].flatMap(lbColumns),
    ...[d.albCount, d.albFailed, d.albPushed],
    ...[0, 0, 0, 0, 0, 0], // sbe_*, sbf_*: balancing at exec and fork
    ...[d.ttwuWakeRemote, d.ttwuMoveAffine, 0],
  ].join(" ");

const lbColumns = (c: LbCounters): number[] => [
  c.lbCount,
  c.lbBalanced,
  c.lbFailed,
  c.lbImbalance,
  c.lbGained,
  c.lbHotGained,
  c.lbNobusyq,
  c.lbNobusyg,
];

/** A CPU mask as %*pb prints it: hexadecimal words of 32 bits, highest first, the highest no wider than it must be. */
export function maskText(span: readonly number[], cpus: number): string {
  const words = new Uint32Array(Math.ceil(cpus / 32));
  for (const cpu of span) words[cpu >> 5] |= 1 << (cpu & 31);
  const top = words.length - 1;
  return Array.from(words, (word, i) =>
    word.toString(16).padStart(i === top ? Math.ceil((cpus - 32 * top) / 4) : 8, "0"),
  )
    .reverse()
    .join(",");
}
