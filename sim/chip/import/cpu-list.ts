import { InputError } from "../../../traces/input-error.ts";
import { MAX_CPU_NUMBER } from "../topology.ts";

/** Where a text stands, for complaints. */
export interface Place {
  file: string;
  line?: number;
  field: string;
}

/**
 * A list of CPUs or nodes as the kernel writes it: "0-3,8,10-11", ascending, each once; empty for none.
 * @throws InputError for anything else, and for numbers above MAX_CPU_NUMBER.
 */
export function parseCpuList(text: string, place: Place): number[] {
  const cpus = new Set<number>();
  for (const part of text.trim() === "" ? [] : text.trim().split(",")) {
    const match = /^\s*(\d{1,5})(?:\s*-\s*(\d{1,5}))?\s*$/.exec(part);
    const first = Number(match?.[1]);
    const last = Number(match?.[2] ?? match?.[1]);
    if (!match || last < first || last > MAX_CPU_NUMBER) {
      throw new InputError("not a list of CPUs", {
        ...place,
        found: text,
        expected: `numbers and ranges up to ${MAX_CPU_NUMBER} such as 0-3,8`,
      });
    }
    for (let cpu = first; cpu <= last; cpu++) cpus.add(cpu);
  }
  return [...cpus].sort((a, b) => a - b);
}

/** The same backwards: [0, 1, 2, 5] as "0-2,5". */
export function cpuListText(cpus: readonly number[]): string {
  const parts: string[] = [];
  for (let i = 0; i < cpus.length; ) {
    let last = i;
    while (last + 1 < cpus.length && cpus[last + 1] === cpus[last] + 1) last++;
    parts.push(last === i ? String(cpus[i]) : `${cpus[i]}-${cpus[last]}`);
    i = last + 1;
  }
  return parts.join(",");
}

/**
 * A bitmap of hwloc: "0x00000003", words of 32 bits by commas, the highest first. An infinite one ("0xf...f,0x00000001")
 * is none.
 * @throws InputError
 */
export function parseBitmap(text: string, place: Place): number[] {
  const words = text.trim().split(",");
  const bits: number[] = [];
  const most = (MAX_CPU_NUMBER + 1) / 32;
  const fail = (): never => {
    throw new InputError("not a set of CPUs or nodes", {
      ...place,
      found: text,
      expected: `words of 32 bits such as 0x000000ff, at most ${most} of them`,
    });
  };
  if (words.length > most) fail();
  words.reverse().forEach((word, i) => {
    if (!/^(0x[0-9a-f]{1,8})?$/i.test(word.trim())) fail();
    const value = word.trim() === "" ? 0 : Number.parseInt(word, 16);
    for (let bit = 0; bit < 32; bit++) if ((value >>> bit) & 1) bits.push(32 * i + bit);
  });
  return bits;
}
