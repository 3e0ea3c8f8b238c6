import { buildKernel, type KernelImage } from "../../kernel-bridge/build/build-kernel.ts";
import type { Variant } from "../../kernel-bridge/build/variants.ts";
import type { Chipset } from "../../kernel-bridge/guest/qemu-arguments.ts";
import { whenInterrupted } from "../interrupted.ts";
import { note } from "../output.ts";
import { progressBar } from "../progress.ts";

/** The image of a variant: from the cache, or built now with a progress bar. */
export async function imageOf(
  variant: Variant,
  options: { source?: string; jobs?: number; force?: boolean } = {},
): Promise<KernelImage> {
  const bar = progressBar(`${variant} kernel`);
  let building = false;
  const forget = whenInterrupted(() =>
    building ? "interrupted: the same command goes on with what is compiled by now" : undefined,
  );
  try {
    return await buildKernel(variant, {
      ...options,
      say: note,
      progress: (done, total, what) => {
        building = true;
        bar.update(done, total, what.slice(0, 40));
      },
    });
  } finally {
    forget();
    bar.stop();
  }
}

/** The machine that a variant needs; undefined: any will do. */
export const chipsetOf = (variant: Variant): Chipset | undefined => (variant === "debug" ? "q35" : undefined);
