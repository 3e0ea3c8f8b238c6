import { accessSync, constants, existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { findProgram } from "../find-program.ts";
import { runProcess } from "../run-process.ts";
import { withScratch } from "../scratch.ts";
import { sudo } from "../sudo.ts";

export type Accelerator = "kvm" | "tcg";

export interface KvmProbe {
  /** KVM booted a guest; otherwise use TCG (QEMU's translator). */
  boots: boolean;
  /** One sentence: what was found. */
  finding: string;
  /** How to get there, where there is a way. */
  fix?: string;
}

const KVM = "/dev/kvm";

/** A kind of KVM for clouds whose guests are kernels made for it; no other gets beyond its first instructions. */
const PVM = "/sys/module/kvm_pvm";

/** Why this KVM cannot boot a kernel as it comes from kernel.org or Debian, where the machine says so by itself. */
export const knownUnfit = (pvm = PVM): string | undefined =>
  existsSync(pvm) ? "this machine's KVM is PVM (module kvm_pvm), which boots no stock kernel" : undefined;

/** The sector writes 0x10 to QEMU's isa-debug-exit port, which makes QEMU exit with (0x10 << 1) | 1. */
const EXIT_CODE_OF_A_BOOT = 33;

/** A boot sector of nine instructions' worth of bytes: `mov dx,0xf4; mov al,0x10; out dx,al; hlt`. */
export function bootSector(): Buffer {
  const sector = Buffer.alloc(512);
  Buffer.from([0xba, 0xf4, 0x00, 0xb0, 0x10, 0xee, 0xf4]).copy(sector);
  sector.writeUInt16LE(0xaa55, 510);
  return sector;
}

const ENABLE =
  "For KVM: switch virtualisation on in the firmware, or nested virtualisation where this machine runs";

/** A device that is there, but not for this user. */
export function notOpened(device: string, uid: number | undefined = process.getuid?.()): KvmProbe {
  return {
    boots: false,
    finding: `${device} exists but may not be opened`,
    fix:
      uid === 0
        ? `For KVM: let this container open ${device}`
        : `For KVM: ${sudo(uid)}usermod -aG kvm $USER, then log in again`,
  };
}

/**
 * Boots a 512-byte guest that exits at once. A device file alone proves nothing: under nested virtualisation
 * /dev/kvm can open, create CPUs, and never run a single instruction of the guest, hence the time limit (ms).
 */
export async function probeKvm(
  timeLimit = 8000,
  device = KVM,
  accelerator: Accelerator = "kvm",
): Promise<KvmProbe> {
  const qemu = findProgram("qemu-system-x86_64");
  if (!qemu) return { boots: false, finding: "qemu-system-x86_64 is not installed" };
  if (accelerator === "kvm") {
    if (!existsSync(device)) return { boots: false, finding: `${device} does not exist`, fix: ENABLE };
    const unfit = device === KVM ? knownUnfit() : undefined;
    if (unfit) return { boots: false, finding: unfit };
    try {
      accessSync(device, constants.R_OK | constants.W_OK);
    } catch {
      return notOpened(device);
    }
  }
  return withScratch("probe", async (folder) => {
    const disk = join(folder, "boot.img");
    writeFileSync(disk, bootSector());
    const result = await runProcess(
      qemu,
      [
        ...["-accel", accelerator, "-m", "16M", "-nodefaults", "-no-reboot", "-display", "none"],
        ...["-device", "isa-debug-exit,iobase=0xf4,iosize=0x04"],
        ...["-drive", `file=${disk},format=raw,if=ide`],
      ],
      { timeLimit },
    );
    if (result.timedOut)
      return {
        boots: false,
        finding: `${device} opens, but no guest instruction ran within ${timeLimit / 1000} s`,
      };
    if (result.code !== EXIT_CODE_OF_A_BOOT)
      return {
        boots: false,
        finding: `QEMU with ${accelerator} ended with ${result.code}: ${result.stderr.trim().slice(0, 200)}`,
      };
    return { boots: true, finding: `${accelerator} boots a guest` };
  });
}
