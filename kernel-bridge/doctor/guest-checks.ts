import { existsSync, statfsSync } from "node:fs";
import { availableParallelism, freemem, totalmem } from "node:os";
import { dirname } from "node:path";
import { BENCHMARKS } from "../benchmarks/benchmarks.ts";
import { findImage, type KernelImage } from "../build/build-kernel.ts";
import { BUILD_PACKAGES, isThere, missingPackages, SOURCE_TARBALL } from "../build/source.ts";
import { VARIANTS } from "../build/variants.ts";
import { cachePath } from "../cache.ts";
import { RECORD_PACKAGES } from "../collect/record.ts";
import { knownVerdict, tryKvm } from "../guest/accelerator.ts";
import { GUEST_PACKAGES } from "../guest/boot.ts";
import { probeKvm } from "../guest/kvm-probe.ts";
import { newerQemuAdvice } from "../guest/newer-qemu.ts";
import { installedQemus, knowsVirtualTime, type Qemu, VIRTUAL_TIME_QEMU } from "../guest/qemu.ts";
import { MEASURING_PACKAGES, WORKLOAD_PACKAGES, type WorkloadPackage } from "../programs.ts";
import { sudo } from "../sudo.ts";
import { type Check, missing, ok, warning } from "./check.ts";

/** GB on disk for the unpacked source with its build output and two images. */
const DISK_NEEDED = 6;
/** GB of memory for a guest of 4 GiB beside the rest. */
const MEMORY_NEEDED = 5;

/** Is everything there to build kernels and run them in QEMU? Boots a 512-byte guest to ask KVM. */
export async function guestChecks(): Promise<Check[]> {
  return [
    packages("build packages", BUILD_PACKAGES),
    packages("guest packages", GUEST_PACKAGES),
    packages("recorder packages", RECORD_PACKAGES),
    workloadCheck(),
    measuringCheck(),
    await acceleratorCheck(),
    virtualTimeCheck(),
    diskCheck(),
    memoryCheck(),
    await imageCheck(),
  ];
}

export function packages(name: string, wanted: readonly (readonly [string, string])[]): Check {
  const absent = missingPackages(wanted);
  if (absent.length === 0) return ok(name, `all ${wanted.length} there`);
  return missing(name, `not installed: ${absent.join(" ")}`, installCommand(absent));
}

const installCommand = (names: readonly string[]) =>
  `${sudo()}apt-get install --no-install-recommends ${names.join(" ")}`;

/** What can be left out, but something then cannot be run; each with its use. */
export function optionalPackages(name: string, wanted: readonly WorkloadPackage[], there = isThere): Check {
  const absent = wanted.filter(({ evidence }) => !there(evidence));
  if (absent.length === 0) return ok(name, `all ${wanted.length} there`);
  const text = absent.map((each) => `${each.name} (${each.use})`).join(", ");
  return warning(name, `not installed: ${text}`, installCommand(absent.map((each) => each.name)));
}

/** What the commands of README, docs and help and the benchmarks run in a guest. */
export function workloadPackages(): WorkloadPackage[] {
  const all = Object.entries(BENCHMARKS).flatMap(([benchmark, { needs }]) =>
    needs.map(([name, evidence]) => ({ name, evidence, use: `benchmark ${benchmark}` })),
  );
  const byName = new Map([...all, ...WORKLOAD_PACKAGES].map((each) => [each.name, each]));
  for (const [name] of BUILD_PACKAGES) byName.delete(name);
  return [...byName.values()];
}

const workloadCheck = () => optionalPackages("workload packages", workloadPackages());
const measuringCheck = () => optionalPackages("measuring packages", MEASURING_PACKAGES);

async function acceleratorCheck(): Promise<Check> {
  const image = missingPackages([["", SOURCE_TARBALL]]).length === 0 ? await anyImage() : undefined;
  const verdict = knownVerdict() ?? (image && (await tryKvm(image.bzImage)));
  if (verdict?.accelerator === "kvm") return ok("accelerator", verdict.finding);
  if (verdict) return warning("accelerator", `TCG: ${verdict.finding}. Guests run, slowly`);
  const probe = await probeKvm();
  if (probe.boots)
    return ok("accelerator", "KVM runs a boot sector; with a kernel built, Linux is tried as well");
  return warning("accelerator", `TCG: ${probe.finding}. Guests run, slowly`, probe.fix);
}

/** Virtual time makes recordings that do not show how busy this machine was; without it guests run on the host's time. */
export function virtualTimeCheck(qemus: readonly Qemu[] = installedQemus(), advice = newerQemuAdvice): Check {
  const able = qemus.find(knowsVirtualTime);
  if (able) return ok("virtual time", `${able.path} is ${able.version}`);
  const found = qemus.map(({ path, version }) => `${path} is ${version}`).join(", ") || "no QEMU";
  return warning(
    "virtual time",
    `${found}; ${VIRTUAL_TIME_QEMU.join(".")} or newer is needed. Recordings show how busy this machine was`,
    advice(),
  );
}

async function anyImage(): Promise<KernelImage | undefined> {
  for (const variant of VARIANTS) {
    const image = await findImage(variant);
    if (image) return image;
  }
  return undefined;
}

function diskCheck(): Check {
  const folder = cachePath("kernel");
  let there = folder; // the doctor only looks: a cache that is not there yet is asked for through its parents
  while (!existsSync(there)) there = dirname(there);
  const { bavail, bsize } = statfsSync(there);
  const free = (bavail * bsize) / 1e9;
  const text = `${free.toFixed(0)} GB free in ${folder}`;
  if (free >= DISK_NEEDED) return ok("disk", text);
  return missing("disk", text, `Free ${DISK_NEEDED} GB, or set NICETRIES_CACHE to a folder elsewhere`);
}

function memoryCheck(): Check {
  const total = totalmem() / 1e9;
  const text = `${(freemem() / 1e9).toFixed(1)} of ${total.toFixed(1)} GB free, ${availableParallelism()} processors`;
  if (total >= MEMORY_NEEDED) return ok("memory", text);
  return warning("memory", text, "Give guests less with --memory 2048");
}

async function imageCheck(): Promise<Check> {
  if (missingPackages([["", SOURCE_TARBALL]]).length > 0)
    return warning("kernel images", "unknown without the kernel source", "nicetries kernel build");
  const found: string[] = [];
  for (const variant of VARIANTS) if (await findImage(variant)) found.push(variant);
  if (found.includes("stock") && found.includes("patched"))
    return ok("kernel images", `built: ${found.join(", ")}`);
  return warning("kernel images", `built: ${found.join(", ") || "none"}`, "nicetries kernel build");
}
