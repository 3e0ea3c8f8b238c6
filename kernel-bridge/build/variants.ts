import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { BRIDGE, contentHash, fileParts } from "../cache.ts";

/**
 * The kernels that can be built. `stock` is Debian's source as it is; `patched` adds the files of `linux/new/`, the
 * hooks of `linux/hooks.patch` and the inference code; `debug` is `patched` with KASAN, lockdep, kmemleak and fault
 * injection; `lockstep` is Debian's scheduler stepped through scenarios by the harness of `lockstep/`.
 */
export const VARIANTS = ["stock", "patched", "debug", "lockstep"] as const;
export type Variant = (typeof VARIANTS)[number];

const LINUX = join(BRIDGE, "linux");
const LOCKSTEP = join(BRIDGE, "lockstep");

/**
 * The tree in which a variant is built. KASAN changes every object, and so do the options of the lockstep kernel: in
 * the tree that the others share, each would cost these a whole build.
 */
export function treeName(variant: Variant): string {
  const shared = variant === "stock" || variant === "patched";
  return shared ? "linux-source-6.1" : `linux-source-6.1-${variant}`;
}

/** Kconfig fragments of a variant, in the order in which they are merged. */
export function fragments(variant: Variant): string[] {
  const names = {
    stock: [],
    patched: ["patched.config"],
    debug: ["patched.config", "debug.config"],
    lockstep: ["lockstep.config"],
  }[variant];
  return ["guest.config", ...names].map((name) => join(LINUX, name));
}

/**
 * Patches of a variant. Every image of the shared tree reserves the number of our system call (`syscall-number.patch`; without the hooks
 * it answers ENOSYS, as an unknown number does): that table reaches nearly every object file, and so the variants can
 * share them. The scheduler of `stock` is Debian's, untouched.
 */
export function patches(variant: Variant): string[] {
  if (variant === "lockstep") return [join(LOCKSTEP, "hooks.patch")];
  const names = variant === "stock" ? ["syscall-number.patch"] : ["syscall-number.patch", "hooks.patch"];
  return names.map((name) => join(LINUX, name));
}

/** Where the inference sources go inside the kernel tree: the same files as in user space, byte for byte. */
const INFERENCE_TARGET = "kernel/ml_migrate";

/** Files that a variant's tree has and Debian's has not: path in the tree → path here. */
export function addedFiles(variant: Variant): Map<string, string> {
  const added = new Map<string, string>();
  if (variant === "stock") return added;
  const fresh = variant === "lockstep" ? join(LOCKSTEP, "linux") : join(LINUX, "new");
  if (existsSync(fresh))
    for (const [name] of fileParts(fresh)) added.set(name.slice(1), join(fresh, name.slice(1)));
  if (variant === "lockstep") return added;
  const inference = join(BRIDGE, "inference");
  for (const name of readdirSync(inference).sort())
    if (/\.[ch]$/.test(name)) added.set(`${INFERENCE_TARGET}/${name}`, join(inference, name));
  return added;
}

/** Hash of everything that goes into an image except the machine: the name of its folder in the cache. */
export function variantHash(variant: Variant, sourceSha256: string, compiler: string): string {
  const parts: [string, Uint8Array | string][] = [
    ["source", sourceSha256],
    ["compiler", compiler],
  ];
  for (const path of fragments(variant)) parts.push(["fragment", readFileSync(path)]);
  for (const path of patches(variant)) parts.push(["patch", readFileSync(path)]);
  for (const [target, path] of addedFiles(variant)) parts.push([target, readFileSync(path)]);
  return contentHash(parts).slice(0, 16);
}
