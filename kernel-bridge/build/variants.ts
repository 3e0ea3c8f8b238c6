import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { BRIDGE, contentHash, fileParts } from "../cache.ts";

/**
 * The kernels that can be built. `stock` is Debian's source as it is; `patched` adds the files of `linux/new/`, the
 * hooks of `linux/hooks.patch` and the inference code; `debug` is `patched` with KASAN, lockdep, kmemleak and fault
 * injection.
 */
export const VARIANTS = ["stock", "patched", "debug"] as const;
export type Variant = (typeof VARIANTS)[number];

const LINUX = join(BRIDGE, "linux");

/** Kconfig fragments of a variant, in the order in which they are merged. */
export function fragments(variant: Variant): string[] {
  const names = { stock: [], patched: ["patched.config"], debug: ["patched.config", "debug.config"] }[
    variant
  ];
  return ["guest.config", ...names].map((name) => join(LINUX, name));
}

export const HOOKS_PATCH = join(LINUX, "hooks.patch");

/** Where the inference sources go inside the kernel tree: the same files as in user space, byte for byte. */
const INFERENCE_TARGET = "kernel/ml_migrate";
const INFERENCE = ["nt.h", "nt_model.c", "nt_infer.c", "nt_float.c"];

/** Files that a patched tree has and a stock one does not: path in the tree → path here. */
export function addedFiles(): Map<string, string> {
  const added = new Map<string, string>();
  const fresh = join(LINUX, "new");
  if (existsSync(fresh))
    for (const [name] of fileParts(fresh)) added.set(name.slice(1), join(fresh, name.slice(1)));
  for (const name of INFERENCE) {
    const path = join(BRIDGE, "inference", name);
    if (existsSync(path)) added.set(`${INFERENCE_TARGET}/${name}`, path);
  }
  return added;
}

/** Hash of everything that goes into an image except the machine: the name of its folder in the cache. */
export function variantHash(variant: Variant, sourceSha256: string, compiler: string): string {
  const parts: [string, Uint8Array | string][] = [
    ["source", sourceSha256],
    ["compiler", compiler],
  ];
  for (const path of fragments(variant)) parts.push(["fragment", readFileSync(path)]);
  if (variant !== "stock") {
    parts.push(["hooks", readFileSync(HOOKS_PATCH)]);
    for (const [target, path] of addedFiles()) parts.push([target, readFileSync(path)]);
  }
  return contentHash(parts).slice(0, 16);
}
