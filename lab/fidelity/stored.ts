import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { type FidelityResult, parseResult } from "../../fidelity/result.ts";

const FOLDER = fileURLToPath(new URL("../../fidelity/stored/", import.meta.url));

/** What a workload file is known by. */
export const workloadHash = (text: string): string => createHash("sha256").update(text).digest("hex");

/** The comparisons that come with the tool, by name. */
export function storedResults(folder = FOLDER): FidelityResult[] {
  const names = (existsSync(folder) ? readdirSync(folder) : []).filter((name) => name.endsWith(".json"));
  return names
    .sort()
    .map((name) => parseResult(readFileSync(`${folder}${name}`, "utf8"), `${folder}${name}`));
}

/** That of a workload's text on a chip. */
export const storedResult = (text: string, chip: string): FidelityResult | undefined =>
  storedResults().find((result) => result.chip === chip && result.workloadHash === workloadHash(text));
