/** The benchmarks as a fixed amount of work, so that a run's length says how fast it was done. */
import { join } from "node:path";
import { BRIDGE } from "../cache.ts";
import { compile } from "./benchmarks.ts";

/** A load of the same work each time. */
export interface FixedWork {
  command: string[];
  /** Shell lines that prepare it. */
  setup?: string;
  /** In words. */
  about: string;
  /** Fewer repeats than usual: each takes long. */
  rounds?: number;
}

const PGBENCH = join(BRIDGE, "benchmarks", "pgbench.sh");
const ZSTD = "zstd -q -T8 -B512KiB -$l -c /tmp/nicetries-text | zstd -q -d -c > /dev/null";

/** By the names of the recordings. */
export const FIXED_WORK: Readonly<Record<string, () => Promise<FixedWork>>> = {
  numeric: async () => ({
    about: "two jobs of eight threads, two products and solutions each",
    command: [
      "sh",
      "-c",
      'export OPENBLAS_THREAD_TIMEOUT=4; "$1" 0 2 & "$1" 0 2; wait',
      "numeric",
      await compile("numeric", ["-lopenblas", "-lm"]),
    ],
  }),
  gridding: async () => ({
    about: "5,040 visibilities by twelve threads",
    command: [await compile("gridding", ["-fopenmp", "-lm"]), "0", "12", "2"],
  }),
  zstd: async () => ({
    about: "two texts of 1.2 MB at a time, each unpacked again, at level 1",
    setup: "seq 1 190000 > /tmp/nicetries-text",
    command: ["sh", "-c", `l=1; ${ZSTD} & ${ZSTD}; wait`],
  }),
  hackbench: async () => ({
    about: "80 processes, ten messages from each to each of its group",
    command: ["hackbench", "-g", "2", "-l", "10"],
  }),
  pgbench: async () => ({
    about: "16 clients, five transactions each",
    setup: `${PGBENCH} setup || exit 126`,
    command: [PGBENCH, "work", "5", "16"],
    rounds: 5,
  }),
};
