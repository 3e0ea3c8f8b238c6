import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";

/** The models in the box: one for each target, trained on recordings of a real kernel (model/zoo/README.md). */
export const ZOO = { migrate: "e1", forced_eventually: "e2", forced_now: "e3" } as const;

/** The file of a model in the box, for `zoo/e2`; undefined for other names. A file of that very name goes first. */
export function zooFile(name: string): string | undefined {
  const [, model] = /^zoo\/(\w+)$/.exec(name) ?? [];
  if (!(Object.values(ZOO) as string[]).includes(model) || existsSync(name)) return undefined;
  return fileURLToPath(new URL(`./zoo/${model}.nt`, import.meta.url));
}
