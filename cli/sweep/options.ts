import type { Shard } from "../../lab/sweep/journal.ts";
import { wrongValue } from "../option-values.ts";

/** Reads --vary, which may be repeated: "niceTries=0,1,4". A value with commas of its own (`off`) cannot be varied so. */
export function parseVary(text: string, before: readonly [string, string[]][] = []): [string, string[]][] {
  const [, name, values] = /^([^=]+)=(.+)$/s.exec(text) ?? [];
  const list = (values ?? "").split(",").map((value) => value.trim());
  if (name === undefined || list.includes(""))
    throw wrongValue("--vary", "NAME=VALUE,VALUE,... such as niceTries=0,1,4", text);
  if (before.some(([other]) => other === name)) throw wrongValue("--vary", "each name once", text);
  return [...before, [name, list]];
}

/** Reads --shard: "2/8". */
export function parseShard(text: string): Shard {
  const [, index, of] = /^(\d{1,6})\/(\d{1,6})$/.exec(text.trim()) ?? [];
  if (index === undefined || Number(index) < 1 || Number(index) > Number(of))
    throw wrongValue("--shard", "I/N, a part from 1 to N and their number, such as 2/8", text);
  return { index: Number(index), of: Number(of) };
}
