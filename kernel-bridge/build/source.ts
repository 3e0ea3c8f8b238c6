import { createHash } from "node:crypto";
import { createReadStream, existsSync, statSync } from "node:fs";
import { InputError } from "../../traces/input-error.ts";
import { findProgram } from "../find-program.ts";
import { runProcess } from "../run-process.ts";
import { sudo } from "../sudo.ts";

/** The Debian package whose sources are built, and the file it installs. */
export const SOURCE_PACKAGE = "linux-source-6.1";
export const SOURCE_TARBALL = "/usr/src/linux-source-6.1.tar.xz";

/** Debian packages that building a guest kernel needs, and a file or program by which each is recognised. */
export const BUILD_PACKAGES: readonly (readonly [name: string, evidence: string])[] = [
  [SOURCE_PACKAGE, SOURCE_TARBALL],
  ["gcc", "gcc"],
  ["make", "make"],
  ["flex", "flex"],
  ["bison", "bison"],
  ["bc", "bc"],
  ["dwarves", "pahole"],
  ["libelf-dev", "/usr/include/libelf.h"],
  ["libssl-dev", "/usr/include/openssl/ssl.h"],
  ["libc6-dev", "/usr/include/stdio.h"],
  ["xz-utils", "xz"],
  ["cpio", "cpio"],
  ["kmod", "depmod"],
  ["rsync", "rsync"],
  ["perl", "perl"],
  ["patch", "patch"],
];

/** Evidence is a path when it starts with a slash, else the name of a program. */
export function isThere(evidence: string): boolean {
  return evidence.startsWith("/") ? existsSync(evidence) : findProgram(evidence) !== undefined;
}

export function missingPackages(packages: readonly (readonly [string, string])[]): string[] {
  return packages.filter(([, evidence]) => !isThere(evidence)).map(([name]) => name);
}

const installCommand = (packages: readonly string[]) =>
  `apt-get install --no-install-recommends ${packages.join(" ")}`;

/** Throws an `InputError` with the command to type when there are missing packages. */
export function requirePackages(missing: readonly string[]): void {
  if (missing.length > 0)
    throw new InputError("Debian packages are missing", {
      found: `no ${missing.join(", no ")}`,
      hint: `Type: ${sudo()}${installCommand(missing)}`,
    });
}

/** Installs missing packages when we are root and apt-get exists, otherwise throws like `requirePackages`. */
export async function ensurePackages(missing: readonly string[], say: (text: string) => void): Promise<void> {
  if (missing.length === 0) return;
  if (process.getuid?.() !== 0 || !findProgram("apt-get")) requirePackages(missing);
  say(`installing ${missing.join(" ")}`);
  const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
  const install = () =>
    runProcess("apt-get", ["install", "-y", "-qq", "--no-install-recommends", ...missing], { env });
  let result = await install();
  if (result.code !== 0) {
    await runProcess("apt-get", ["update", "-qq"], { env });
    result = await install();
  }
  if (result.code !== 0)
    throw new InputError("apt-get could not install what is missing", {
      found: result.stderr.trim().split("\n").at(-1) ?? "",
      hint: `Type: ${installCommand(missing)}`,
    });
}

export interface KernelSource {
  tarball: string;
  sha256: string;
}

/** Finds the source tarball and hashes it (138 MB: about half a second). */
export async function findSource(tarball: string = SOURCE_TARBALL): Promise<KernelSource> {
  if (!existsSync(tarball) || !statSync(tarball).isFile())
    throw new InputError("no kernel source tarball", {
      file: tarball,
      hint: `Install the Debian package ${SOURCE_PACKAGE}, or name a linux-6.1 tarball with --source`,
    });
  const hash = createHash("sha256");
  for await (const chunk of createReadStream(tarball, { highWaterMark: 1 << 20 }))
    hash.update(chunk as Buffer);
  return { tarball, sha256: hash.digest("hex") };
}
