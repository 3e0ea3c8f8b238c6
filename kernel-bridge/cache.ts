import { createHash } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, statSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";

/**
 * Where unpacked sources, kernel images and the guest's files live: `$NICETRIES_CACHE`, else
 * `$XDG_CACHE_HOME/nicetries`, else `~/.cache/nicetries`. Everything in it can be deleted at any time.
 */
export function cacheRoot(environment: NodeJS.ProcessEnv = process.env): string {
  if (environment.NICETRIES_CACHE) return environment.NICETRIES_CACHE;
  return join(environment.XDG_CACHE_HOME || join(homedir(), ".cache"), "nicetries");
}

/** A path in the cache, whether it is there or not: for those who only look. */
export const cachePath = (...parts: string[]): string => join(cacheRoot(), ...parts);

/** A folder of the cache, made when it is missing. */
export function cacheFolder(...parts: string[]): string {
  const path = cachePath(...parts);
  mkdirSync(path, { recursive: true });
  return path;
}

/** Folder of `kernel-bridge/` itself, where the committed C, Python and configuration files are. */
export const BRIDGE = new URL(".", import.meta.url).pathname.replace(/\/$/, "");

/** All files under `folder` (relative names, sorted): the same list on every file system. */
export function filesUnder(folder: string, prefix = ""): string[] {
  const found: string[] = [];
  for (const name of readdirSync(join(folder, prefix)).sort()) {
    const path = prefix ? join(prefix, name) : name;
    if (statSync(join(folder, path)).isDirectory()) found.push(...filesUnder(folder, path));
    else found.push(path);
  }
  return found;
}

/** sha256 over labelled parts; labels and lengths are hashed too, so that no two lists of parts collide. */
export function contentHash(parts: Iterable<readonly [label: string, data: Uint8Array | string]>): string {
  const hash = createHash("sha256");
  for (const [label, data] of parts) {
    const bytes = typeof data === "string" ? Buffer.from(data, "utf8") : data;
    hash.update(`${label.length}:${label}${bytes.length}:`);
    hash.update(bytes);
  }
  return hash.digest("hex");
}

/** The parts of `contentHash` for every file under a folder, or for one file. */
export function fileParts(path: string, label = ""): [string, Uint8Array][] {
  if (!statSync(path).isDirectory()) return [[label, readFileSync(path)]];
  return filesUnder(path).map((name) => [`${label}/${name}`, readFileSync(join(path, name))]);
}
