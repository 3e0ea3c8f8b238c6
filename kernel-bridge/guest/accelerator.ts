import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { writeFileAtomic } from "../../traces/atomic-file.ts";
import { cacheFolder, cachePath } from "../cache.ts";
import { findProgram } from "../find-program.ts";
import { runProcess } from "../run-process.ts";
import { withScratch } from "../scratch.ts";
import { type Accelerator, probeKvm } from "./kvm-probe.ts";

export interface Verdict {
  accelerator: Accelerator;
  /** Why, in a sentence. */
  finding: string;
}

/** How long Linux may take under KVM until its first message (ms). It takes well under one second where it works. */
const LINUX_LIMIT = 15000;

/**
 * KVM or TCG, found by trying: first a 512-byte guest, then this kernel on two CPUs without a root file system. There
 * are machines where the first runs and the second never prints a line. The finding is kept until the host reboots.
 */
export async function chooseAccelerator(bzImage: string): Promise<Verdict> {
  const known = knownVerdict();
  if (known) return known;
  const verdict = await tryKvm(bzImage);
  writeFileAtomic(join(cacheFolder("kernel"), VERDICT), JSON.stringify({ bootId: bootId(), ...verdict }));
  return verdict;
}

/** The same without looking up or keeping a finding. */
export async function tryKvm(bzImage: string, device?: string): Promise<Verdict> {
  const probe = await probeKvm(undefined, device);
  if (!probe.boots) return { accelerator: "tcg", finding: probe.finding };
  const silence = await whyLinuxIsSilent(bzImage);
  if (silence === undefined) return { accelerator: "kvm", finding: "KVM boots Linux" };
  return { accelerator: "tcg", finding: `KVM runs a boot sector, but ${silence}` };
}

/**
 * With panic=-1 a kernel without root file system ends by itself; all that counts is that it has spoken: undefined. QEMU may have ended
 * before, as with "failed to set MSR 0x10a".
 */
function whyLinuxIsSilent(bzImage: string): Promise<string | undefined> {
  return withScratch("probe", async (folder) => {
    const log = join(folder, "serial.log");
    const append = "console=ttyS0 earlyprintk=ttyS0 panic=-1";
    const { code, stderr, timedOut } = await runProcess(
      findProgram("qemu-system-x86_64")!,
      [
        ...["-accel", "kvm", "-cpu", "host", "-smp", "2", "-m", "512M", "-nodefaults", "-no-reboot"],
        ...["-display", "none", "-serial", `file:${log}`, "-kernel", bzImage, "-append", append],
      ],
      { timeLimit: LINUX_LIMIT },
    );
    if (existsSync(log) && /^Kernel panic|VFS: |Run .* as init/m.test(readFileSync(log, "latin1")))
      return undefined;
    if (timedOut || code === 0) return `Linux prints nothing within ${LINUX_LIMIT / 1000} s`;
    const complaint = stderr.trim().split("\n")[0];
    return `QEMU ends with exit code ${code} when Linux starts${complaint ? `: ${complaint.slice(0, 200)}` : ""}`;
  });
}

const bootId = () => readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
const VERDICT = "accelerator.json";

/** What was found since this host started; undefined before the first time. */
export function knownVerdict(): Verdict | undefined {
  try {
    const verdict = JSON.parse(readFileSync(cachePath("kernel", VERDICT), "utf8"));
    return verdict.bootId === bootId() ? verdict : undefined;
  } catch {
    return undefined;
  }
}
