import { mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { writeFileAtomic } from "../../traces/atomic-file.ts";
import { sha256 } from "../../traces/sha256.ts";

/** Where measurements are made, and who is told of them. */
export interface MeasureOptions {
  /** Folder for what is done. */
  dir: string;
  bzImage: string;
  /** As `uname -r` prints it. */
  release: string;
  /** Fewer rounds and boots: numbers that mean little. */
  quick: boolean;
  say: (text: string) => void;
  onProgress?: (done: number, total: number, what: string) => void;
}

/** A part of a measurement: mostly one boot. */
export interface Part<T> {
  name: string;
  /** What the result follows from, besides the kernel: plain data. */
  of: unknown;
  make: () => Promise<T>;
}

/**
 * Makes the parts one after the other (guests must not disturb each other) and keeps each in a file, so that an interrupted
 * measurement goes on where it stopped. What was made with another kernel, or from something else, is made again.
 */
export async function inParts<T>(
  measurement: string,
  { dir, release, bzImage, quick, onProgress }: MeasureOptions,
  parts: readonly Part<T>[],
): Promise<T[]> {
  const folder = join(dir, "parts");
  mkdirSync(folder, { recursive: true });
  const results: T[] = [];
  for (const { name, of, make } of parts) {
    const file = join(folder, `${measurement}-${name.replace(/[^\w-]+/g, "-")}.json`);
    const key = sha256(JSON.stringify([release, bzImage.replace(/^.*\/([^/]+\/[^/]+)$/, "$1"), quick, of]));
    let kept = keptPart<T>(file, key);
    if (!kept) {
      onProgress?.(results.length, parts.length, `${measurement}: ${name}`);
      kept = { key, result: await make() };
      writeFileAtomic(file, `${JSON.stringify(kept)}\n`);
    }
    results.push(kept.result);
    onProgress?.(results.length, parts.length, `${measurement}: ${name}`);
  }
  return results;
}

/** undefined where there is none, or one of something else. */
function keptPart<T>(file: string, key: string): { key: string; result: T } | undefined {
  try {
    const kept = JSON.parse(readFileSync(file, "utf8"));
    return kept.key === key ? kept : undefined;
  } catch {
    return undefined;
  }
}
