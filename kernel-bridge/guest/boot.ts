import { existsSync, readFileSync } from "node:fs";
import { InputError } from "../../traces/input-error.ts";
import { chooseAccelerator } from "./accelerator.ts";
import { clockText } from "./clock.ts";
import type { Accelerator } from "./kvm-probe.ts";
import { type GuestOptions, type GuestResult, readyLimitOf, runGuest } from "./run-guest.ts";

/** Debian packages that running a guest needs, and the evidence of each. */
export const GUEST_PACKAGES: readonly (readonly [name: string, evidence: string])[] = [
  ["qemu-system-x86", "qemu-system-x86_64"],
  ["busybox-static", "busybox"],
];

export interface BootOptions extends GuestOptions {
  /** `auto`: KVM where it boots this kernel, else TCG; TCG in virtual time. */
  accelerator?: Accelerator | "auto";
  say?: (text: string) => void;
}

/**
 * Seconds for the first try. Now and then an emulated guest stands still in the middle of its boot; nothing of the command has
 * run by then, so it is tried again, and then given READY_LIMIT.
 */
const FIRST_READY_LIMIT = 60;

/** The same in virtual time, where all CPUs share one of the host's. */
const FIRST_READY_LIMIT_VIRTUAL = 240;

/** Boots a kernel on the host's root file system, runs a command and returns its exit code. */
export async function bootGuest(options: BootOptions): Promise<GuestResult> {
  let accelerator = options.accelerator ?? "auto";
  const virtual = options.clock?.name === "virtual";
  if (options.clock && virtual) {
    if (accelerator === "kvm")
      throw new InputError("KVM runs on the host's time", {
        found: "virtual time with the accelerator kvm",
        expected: "the accelerator tcg, or the host's clock",
      });
    accelerator = "tcg";
    options.say?.(`accelerator: TCG, ${clockText(options.clock)}`);
  } else if (accelerator === "auto") {
    const verdict = await chooseAccelerator(options.bzImage);
    accelerator = verdict.accelerator;
    options.say?.(`accelerator: ${accelerator.toUpperCase()} (${verdict.finding})`);
  }
  const firstLimit = virtual ? FIRST_READY_LIMIT_VIRTUAL : FIRST_READY_LIMIT;
  let result = await runGuest(accelerator, options, firstLimit);
  if (result.outcome !== "not ready") return result;
  options.say?.(`the guest did not come up within ${firstLimit} s; once more`);
  result = await runGuest(accelerator, options);
  if (result.outcome !== "not ready") return result;
  throw new InputError(`the guest did not come up within ${readyLimitOf(accelerator, options.clock)} s`, {
    file: result.serialLog,
    found: lastLines(result.serialLog, 1),
    expected: "a shell",
    hint: "Read the serial log; on a very busy machine try again",
  });
}

/** The last lines of a serial log, for messages. */
export function lastLines(path: string, count: number): string {
  if (!existsSync(path)) return "";
  return readFileSync(path, "latin1").trimEnd().split("\n").slice(-count).join("\n");
}
