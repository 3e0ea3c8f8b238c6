import { InputError } from "../traces/input-error.ts";
import { findProgram } from "./find-program.ts";
import { sudo } from "./sudo.ts";

/** Programs that serve as workloads, and the Debian package of each. */
const PROGRAM_PACKAGES: Readonly<Record<string, string>> = {
  hackbench: "rt-tests",
  cyclictest: "rt-tests",
  "rt-app": "rt-app",
  zstd: "zstd",
  sysbench: "sysbench",
  "stress-ng": "stress-ng",
  pgbench: "postgresql",
  psql: "postgresql-client",
  openssl: "openssl",
  make: "make",
  gcc: "gcc",
  perf: "linux-perf",
  "trace-cmd": "trace-cmd",
  schedtool: "schedtool",
  taskset: "util-linux",
  python3: "python3",
};

/** Where a guest looks for programs (guest/run-guest.ts). */
export const GUEST_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/**
 * Says that a command's program is not there, and which package has it, before minutes are spent; a path is left to the kernel.
 * @throws InputError
 */
export function requireProgram([program]: readonly string[], path = GUEST_PATH): void {
  if (program === undefined || program.includes("/") || findProgram(program, path) !== undefined) return;
  const name = PROGRAM_PACKAGES[program];
  throw new InputError("no such program", {
    found: program,
    expected: `one in ${path}, or a path`,
    hint:
      name === undefined
        ? "Give its path, or install the package that has it"
        : `Type: ${sudo()}apt-get install --no-install-recommends ${name}`,
  });
}

export interface WorkloadPackage {
  name: string;
  evidence: string;
  /** What it is for. */
  use: string;
}

/** Packages that the commands of README, docs and help run as workloads, beyond those of BENCHMARKS. */
export const WORKLOAD_PACKAGES: readonly WorkloadPackage[] = [
  { name: "rt-tests", evidence: "hackbench", use: "hackbench" },
  { name: "rt-app", evidence: "rt-app", use: "rt-app files" },
  { name: "sysbench", evidence: "sysbench", use: "an example of record and deploy" },
];

/** Packages for measuring and testing the C code. */
export const MEASURING_PACKAGES: readonly WorkloadPackage[] = [
  { name: "valgrind", evidence: "valgrind", use: "instruction counts of npm run bench" },
  { name: "clang", evidence: "clang", use: "the fuzzer of model files" },
  { name: "libclang-rt-14-dev", evidence: "/usr/share/doc/libclang-rt-14-dev", use: "the same" },
];
