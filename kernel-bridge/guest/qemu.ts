import { spawnSync } from "node:child_process";
import { delimiter } from "node:path";
import { findProgram } from "../find-program.ts";

/** A QEMU of this machine. */
export interface Qemu {
  path: string;
  /** As it prints it, "10.0.2". */
  version: string;
}

const PROGRAM = "qemu-system-x86_64";

/**
 * The first release whose single translator thread shares its time fairly while counting instructions: before it, the CPU that brings
 * the others up waits for one that never gets its turn, and a guest of eight CPUs hangs there.
 */
export const VIRTUAL_TIME_QEMU = [8, 1] as const;

/** Can this QEMU run eight CPUs in virtual time? */
export function knowsVirtualTime({ version }: Qemu): boolean {
  const [major, minor] = version.split(".").map(Number);
  const [leastMajor, leastMinor] = VIRTUAL_TIME_QEMU;
  return major > leastMajor || (major === leastMajor && minor >= leastMinor);
}

/** Every QEMU in the folders of PATH and in /usr/local/bin, in that order; what does not tell its version is left out. */
export function installedQemus(path: string = process.env.PATH ?? ""): Qemu[] {
  const folders = new Set([...path.split(delimiter).filter(Boolean), "/usr/local/bin"]);
  const paths = new Set([...folders].map((folder) => findProgram(PROGRAM, folder)));
  return [...paths].flatMap((found) => {
    const version = found && versionOf(found);
    return version ? [{ path: found, version }] : [];
  });
}

/** The QEMU for guests whose time is the host's: the first one. */
export const hostTimeQemu = (): string | undefined => findProgram(PROGRAM);

/** The first QEMU that can run guests in virtual time. */
export const virtualTimeQemu = (): Qemu | undefined => installedQemus().find(knowsVirtualTime);

function versionOf(path: string): string | undefined {
  const { stdout } = spawnSync(path, ["--version"], { encoding: "utf8", timeout: 120_000 });
  return /version (\d+\.\d+(\.\d+)?)/.exec(stdout ?? "")?.[1];
}
