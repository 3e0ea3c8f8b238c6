import type { Remark } from "../text-rows.ts";

/** Entries there are and were, and CPUs: in the head of a text, and in that of one in latency-format. */
const WRITTEN = /^#\s*entries-in-buffer\/entries-written:\s*(\d+)\/(\d+)(?:\s+#P:(\d+))?/;
const LATENCY = /^# latency: \d+ us, #(\d+)\/(\d+), CPU#\d+ \|.* #P:(\d+)\)/;

/** Lines that ftrace and trace-cmd have between their rows. */
export function ftraceRemark(line: string): Remark[] {
  const written = WRITTEN.exec(line) ?? LATENCY.exec(line);
  if (written) {
    const [entries, all, cpus] = [Number(written[1]), Number(written[2]), Number(written[3])];
    if (!Number.isSafeInteger(entries + all)) return [];
    return [
      { type: "entries", entries },
      ...(all > entries
        ? [{ type: "loss", cpu: undefined, events: all - entries, before: true } as const]
        : []),
      ...(cpus > 0 ? [{ type: "machine", cpus } as const] : []),
    ];
  }
  const lost = /^CPU:(\d+) \[(?:LOST )?(?:(\d+) )?EVENTS(?: DROPPED)?\]/.exec(line);
  if (lost)
    return [
      { type: "loss", cpu: Number(lost[1]), events: lost[2] === undefined ? undefined : Number(lost[2]) },
    ];
  const cpus = /^cpus=(\d+)/.exec(line);
  return cpus ? [{ type: "machine", cpus: Number(cpus[1]) }] : [];
}
