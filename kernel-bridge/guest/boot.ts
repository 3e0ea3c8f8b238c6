import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { writeFileAtomic } from "../../traces/atomic-file.ts";
import { InputError } from "../../traces/input-error.ts";
import { cacheFolder } from "../cache.ts";
import { type Accelerator, probeKvm } from "./kvm-probe.ts";
import { type GuestOptions, type GuestResult, READY_LIMIT, runGuest } from "./run-guest.ts";

/** Debian packages that running a guest needs, and the evidence of each. */
export const GUEST_PACKAGES: readonly (readonly [name: string, evidence: string])[] = [
  ["qemu-system-x86", "qemu-system-x86_64"],
  ["busybox-static", "busybox"],
];

export interface BootOptions extends GuestOptions {
  accelerator?: Accelerator | "auto";
  say?: (text: string) => void;
}

/**
 * Boots a kernel on the host's root file system, runs a command and returns its exit code. With `auto`, KVM is used
 * only if a probe guest boots with it and the real one comes up in time: there are machines where a boot sector runs
 * under KVM and an eight-CPU Linux never does. Everything else uses TCG.
 */
export async function bootGuest(options: BootOptions): Promise<GuestResult> {
  const say = options.say ?? (() => {});
  const wanted = options.accelerator ?? "auto";
  if (wanted !== "auto") return checked(await runGuest(wanted, options));
  const known = knownAccelerator();
  if (known) {
    say(`accelerator: ${known.toUpperCase()} (tried before on this machine)`);
    return checked(await runGuest(known, options));
  }
  const probe = await probeKvm();
  if (probe.boots) {
    say("accelerator: trying KVM");
    const result = await runGuest("kvm", options);
    if (result.outcome !== "not ready") {
      rememberAccelerator("kvm");
      return result;
    }
    say(`KVM runs a boot sector, but Linux did not come up within ${READY_LIMIT.kvm} s: using TCG`);
  } else say(`accelerator: TCG (${probe.finding})`);
  const result = checked(await runGuest("tcg", options));
  rememberAccelerator("tcg");
  return result;
}

function checked(result: GuestResult): GuestResult {
  if (result.outcome !== "not ready") return result;
  throw new InputError(`the guest did not come up within ${READY_LIMIT[result.accelerator]} s`, {
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

/** The finding holds until the host reboots. */
const bootId = () => readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
const verdictFile = () => join(cacheFolder("kernel"), "accelerator.json");

/** What booting Linux showed since this host started; undefined before the first time. */
export function knownAccelerator(): Accelerator | undefined {
  try {
    const verdict = JSON.parse(readFileSync(verdictFile(), "utf8"));
    return verdict.bootId === bootId() ? verdict.accelerator : undefined;
  } catch {
    return undefined;
  }
}

function rememberAccelerator(accelerator: Accelerator): void {
  writeFileAtomic(verdictFile(), JSON.stringify({ bootId: bootId(), accelerator }));
}
