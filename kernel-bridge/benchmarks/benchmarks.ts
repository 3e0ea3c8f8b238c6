import { existsSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { InputError } from "../../traces/input-error.ts";
import { isThere } from "../build/source.ts";
import { BRIDGE, cacheFolder } from "../cache.ts";
import { runProcess } from "../run-process.ts";
import { sudo } from "../sudo.ts";
import { rtAppInVirtualTime, rtAppWorkload } from "./rt-app.ts";

/** A workload ready to be recorded. */
export interface Workload {
  name: string;
  command: string[];
  /** Shell lines run in the recorded machine before recording begins. */
  setup?: string;
  /** Text that defines it, for its hash. */
  definition: string;
}

interface Benchmark {
  about: string;
  /** Debian package and evidence. */
  needs: readonly [name: string, evidence: string][];
  prepare(
    seconds: number,
    virtual: boolean,
  ): Promise<Omit<Workload, "name" | "definition"> & { files?: string[] }>;
}

const FOLDER = join(BRIDGE, "benchmarks");

/** CPU-bound threads: a few more than the guest's eight CPUs, or there is little to balance. */
const THREADS = 12;

const ZSTD = "zstd -q -T8 -B512KiB -$l -c /tmp/nicetries-text | zstd -q -d -c > /dev/null";
const ZSTD_ROUND = `for l in 1 3 5 7 9; do ${ZSTD} & ${ZSTD}; wait; done`;

/** The five benchmarks of the thesis, or what stands for them, a desktop, and control groups. */
export const BENCHMARKS: Readonly<Record<string, Benchmark>> = {
  hackbench: {
    about: "groups of processes passing messages through sockets",
    needs: [["rt-tests", "hackbench"]],
    prepare: async (seconds) => ({ command: repeat(["hackbench", "-g", "10", "-l", "100"], seconds) }),
  },
  zstd: {
    about: "zstd -T8 over two texts, each unpacked again, at levels 1 to 9 (the thesis: compress-zstd)",
    needs: [["zstd", "zstd"]],
    prepare: async (seconds) => ({
      setup: "seq 1 1000000 > /tmp/nicetries-text",
      // Two at a time: eight workers on eight CPUs stay where they are, and nothing is balanced.
      command: repeat(["sh", "-c", ZSTD_ROUND], seconds),
    }),
  },
  pgbench: {
    about: "PostgreSQL with pgbench, 16 clients (stands for Cassandra, which Debian lacks)",
    needs: [["postgresql", "/usr/lib/postgresql"]],
    prepare: async (seconds) => ({
      setup: `${join(FOLDER, "pgbench.sh")} setup || exit 126`,
      command: [join(FOLDER, "pgbench.sh"), "run", String(seconds), "16"],
      files: ["pgbench.sh"],
    }),
  },
  numeric: {
    about: "two jobs of matrix products and conjugate gradients with OpenBLAS threads (for ArrayFire)",
    needs: [["libopenblas-dev", "/usr/include/x86_64-linux-gnu/cblas.h"]],
    prepare: async (seconds) => ({
      // Two jobs, because OpenBLAS takes no more threads than there are CPUs. With so many, its threads must not spin
      // while they wait (OPENBLAS_THREAD_TIMEOUT, the logarithm of cycles): they would only keep the others from working.
      command: [
        "sh",
        "-c",
        'export OPENBLAS_THREAD_TIMEOUT=4; "$1" "$2" & "$1" "$2"; wait',
        "numeric",
        await compile("numeric", ["-lopenblas", "-lm"]),
        String(seconds),
      ],
      files: ["numeric.c"],
    }),
  },
  desktop: {
    about:
      "pinned and unpinned tasks, a flood through the loopback device, per-CPU kernel threads, a group with a quota",
    needs: [["gcc", "gcc"]],
    prepare: async (seconds) => ({
      command: [join(FOLDER, "desktop.sh"), await compile("desktop", ["-pthread"]), String(seconds)],
      files: ["desktop.sh", "desktop.c"],
    }),
  },
  gridding: {
    about: "convolutional gridding with OpenMP (stands for ASKAP tConvolve)",
    needs: [["gcc", "gcc"]],
    prepare: async (seconds) => ({
      command: [await compile("gridding", ["-fopenmp", "-lm"]), String(seconds), String(THREADS)],
      files: ["gridding.c"],
    }),
  },
  groups: {
    about: "rt-app threads in control groups with weights and quotas, two deep",
    needs: [
      ["rt-app", "rt-app"],
      ["python3", "/usr/bin/python3"],
    ],
    prepare: async (seconds, virtual) => {
      const { setup, command } = rtAppWorkload(join(FOLDER, "rtapp-groups.json"), virtual);
      const inGroups = [join(FOLDER, "groups.py"), join(FOLDER, "cgroups.json"), ...command];
      return {
        setup,
        command: repeat(inGroups, seconds),
        files: ["groups.py", "cgroups.json", "rtapp-groups.json"],
      };
    },
  },
};

/** rt-app files that come with the project. */
export const RTAPP_FILES = ["rtapp-mixed.json", "rtapp-pipeline.json", "rtapp-bursts.json"].map((name) =>
  join(FOLDER, name),
);
/** Busy tasks without pauses: nine equal ones; eight and three at nice 10; eleven of three nice values. */
export const REGIME_FILES = [
  "rtapp-nine-equal.json",
  "rtapp-eight-and-three.json",
  "rtapp-nice-mix.json",
].map((name) => join(FOLDER, name));
/** SCHED_FIFO and SCHED_RR threads over busy CPUs. */
export const REALTIME_FILE = join(FOLDER, "rtapp-realtime.json");

/** A benchmark by name, or an rt-app file by path, for about `time` seconds (whole ones: the programs take no others) of a machine whose time is virtual or the host's. */
export async function workload(name: string, time: number, virtual = false): Promise<Workload> {
  const seconds = Math.ceil(time);
  if (name.endsWith(".json")) {
    const prepared = rtAppWorkload(name, virtual);
    return { ...prepared, command: repeat(prepared.command, seconds) };
  }
  const benchmark = Object.hasOwn(BENCHMARKS, name) ? BENCHMARKS[name] : undefined;
  if (!benchmark)
    throw new InputError("no such benchmark", {
      found: name,
      expected: `${Object.keys(BENCHMARKS).join(", ")}, or an rt-app file ending in .json`,
    });
  for (const [debianPackage, evidence] of benchmark.needs)
    if (!isThere(evidence))
      throw new InputError(`the benchmark ${name} needs a Debian package`, {
        hint: `Type: ${sudo()}apt-get install ${debianPackage}`,
      });
  const { files = [], ...prepared } = await benchmark.prepare(seconds, virtual);
  const definition = [
    prepared.setup ?? "",
    // Paths of this checkout and of the cache are not part of what is run.
    prepared.command.join(" ").replaceAll(FOLDER, "").replaceAll(cacheFolder("bin"), ""),
    ...files.map((file) => readFileSync(join(FOLDER, file), "utf8")),
  ].join("\n");
  return { name, definition, ...prepared };
}

/**
 * Several, to be run one after the other in one machine. The loop of rt-app files is measured once: they have one setup.
 */
export async function workloadsInTurn(
  names: readonly string[],
  time: number,
  virtual = false,
): Promise<Workload[]> {
  const files = [...new Set(names.filter((name) => name.endsWith(".json")))];
  if (!virtual || files.length < 2) return Promise.all(names.map((name) => workload(name, time, virtual)));
  const { setup, parts } = rtAppInVirtualTime(files.map((path) => ({ path })));
  return Promise.all(
    names.map(async (name) => {
      const part = parts[files.indexOf(name)];
      if (part === undefined) return workload(name, time, virtual);
      return { ...part, setup, command: repeat(part.command, Math.ceil(time)) };
    }),
  );
}

/** A command over and over until the time is up; the last round is finished. */
function repeat(command: readonly string[], seconds: number): string[] {
  const script = 'end=$(($(date +%s) + $1)); shift; while "$@" && [ $(date +%s) -lt $end ]; do :; done';
  return ["sh", "-c", script, "repeat", String(seconds), ...command];
}

/** Compiles a C file of this folder into the cache, unless it is there and newer. */
export async function compile(name: string, flags: readonly string[]): Promise<string> {
  const source = join(FOLDER, `${name}.c`);
  const target = join(cacheFolder("bin"), name);
  if (existsSync(target) && statSync(target).mtimeMs > statSync(source).mtimeMs) return target;
  const result = await runProcess("gcc", ["-std=gnu11", "-O2", "-Wall", "-o", target, source, ...flags]);
  if (result.code !== 0)
    throw new InputError("a benchmark does not compile", {
      file: source,
      found: result.stderr.trim().split("\n")[0],
      hint: "Install its packages: nicetries kernel record --help",
    });
  return target;
}
