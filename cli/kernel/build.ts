import { type Command, Option } from "commander";
import { VARIANTS, type Variant } from "../../kernel-bridge/build/variants.ts";
import { countOption } from "../option-values.ts";
import { note, printJson } from "../output.ts";
import { imageOf } from "./images.ts";

interface Flags {
  kernel?: Variant;
  source?: string;
  jobs?: number;
  force?: boolean;
  json?: boolean;
}

export function registerBuild(kernel: Command): void {
  kernel
    .command("build")
    .description("build the stock and the patched guest kernel, or find them in the cache")
    .addOption(
      new Option("--kernel <variant>", "only this one (debug and lockstep are never built unasked)").choices([
        ...VARIANTS,
      ]),
    )
    .option("--source <tarball>", "kernel source (default: that of Debian's linux-source-6.1)")
    .option("--jobs <n>", "parallel jobs of make (default: all processors)", countOption("--jobs", 1, 1024))
    .option("--force", "build even if the cache has the image")
    .option("--json", "print [{variant, release, bzImage, built, seconds}]")
    .addHelpText(
      "after",
      `
The first build takes about eight minutes on two processors, the second variant one or two more; after that the
cache answers at once. Missing Debian packages are installed when run as root, named otherwise.
The cache is $NICETRIES_CACHE, or nicetries in $XDG_CACHE_HOME or ~/.cache; it can be deleted at any time.

Examples:
  nicetries kernel build
  nicetries kernel build --kernel debug --jobs 2`,
    )
    .action(async (flags: Flags) => {
      const images = [];
      for (const variant of flags.kernel ? [flags.kernel] : (["stock", "patched"] as const)) {
        const { release, bzImage, built, seconds } = await imageOf(variant, flags);
        images.push({ variant, release, bzImage, built, seconds });
        if (!flags.json) {
          const how = built ? `built in ${seconds.toFixed(0)} s` : "in the cache";
          note(`${variant}: Linux ${release}, ${how}: ${bzImage}`);
        }
      }
      if (flags.json) printJson(images);
    });
}
