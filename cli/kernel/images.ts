import { buildKernel, type KernelImage } from "../../kernel-bridge/build/build-kernel.ts";
import type { Variant } from "../../kernel-bridge/build/variants.ts";
import type { Chipset } from "../../kernel-bridge/guest/qemu-arguments.ts";
import { note } from "../output.ts";
import { progressBar } from "../progress.ts";

/** The image of a variant: from the cache, or built now with a progress bar. */
export async function imageOf(
  variant: Variant,
  options: { source?: string; jobs?: number; force?: boolean } = {},
): Promise<KernelImage> {
  const bar = progressBar(`${variant} kernel`);
  try {
    return await buildKernel(variant, {
      ...options,
      say: note,
      progress: (done, total, what) => bar.update(done, total, what.slice(0, 40)),
    });
  } finally {
    bar.stop();
  }
}

/** The machine that a variant needs; undefined: any will do. */
export const chipsetOf = (variant: Variant): Chipset | undefined => (variant === "debug" ? "q35" : undefined);
