import { InputError } from "../../traces/input-error.ts";
import type { Topology } from "./topology.ts";

/**
 * A regular chip: `cores` cores of `threads` threads, a last-level cache per `coresPerLlc` cores, a node per
 * `coresPerNode`, a package per `coresPerPackage`. The threads of a core have adjacent CPU numbers.
 */
export function regularTopology(
  name: string,
  cores: number,
  threads: number,
  coresPerLlc: number,
  coresPerNode: number,
  coresPerPackage = coresPerNode,
): Topology {
  const cpus = [];
  for (let core = 0; core < cores; core++) {
    for (let thread = 0; thread < threads; thread++) {
      cpus.push({
        core,
        llc: Math.floor(core / coresPerLlc),
        package: Math.floor(core / coresPerPackage),
        node: Math.floor(core / coresPerNode),
      });
    }
  }
  return { name, cpus };
}

/** A server as Linux numbers its CPUs on Intel's machines: first a thread of each core, then the others. */
function xeon(
  name: string,
  sockets: number,
  cores: number,
  mhz: readonly [min: number, base: number],
  turbo: readonly (readonly [upTo: number, mhz: number])[],
): Topology {
  const { cpus } = regularTopology(name, sockets * cores, 1, cores, cores);
  const turboMhz = turbo.flatMap(([upTo, limit], i) =>
    new Array<number>(upTo - (turbo[i - 1]?.[0] ?? 0)).fill(limit),
  );
  return { name, cpus: [...cpus, ...cpus], frequency: { minMhz: mhz[0], baseMhz: mhz[1], turboMhz } };
}

/** Chips in the box, by name. */
export const TOPOLOGY_PRESETS: Readonly<Record<string, () => Topology>> = {
  /** Intel i5-1035G1 as in the source thesis: 4 cores x 2 threads, one 6 MB cache, one node. */
  "i5-1035g1": () => regularTopology("i5-1035g1", 4, 2, 4, 4),
  /** 8 cores x 1 thread, one cache, one node. */
  "8x1": () => regularTopology("8x1", 8, 1, 8, 8),
  /** Desktop: 16 cores x 2 threads, two caches of 8 cores, one node. */
  "16x2": () => regularTopology("16x2", 16, 2, 8, 16),
  /** One-socket server: 64 cores x 2 threads, eight caches of 8 cores, one node. */
  "64x2": () => regularTopology("64x2", 64, 2, 8, 64),
  /** Two-socket server: 128 cores x 2 threads, sixteen caches of 8 cores, two nodes of 64 cores. */
  "128x2": () => regularTopology("128x2", 128, 2, 8, 64),
  // Kinds of machine that Nest was measured on (Lawall et al., EuroSys 2022). Turbo limits by active cores, without AVX, are those that
  // Intel's specification updates give for the models, as far as known; nobody compared them with such a machine.
  /** Two Xeon Gold 6130 (Skylake): 32 cores x 2 threads. */
  "xeon-6130": () =>
    xeon(
      "xeon-6130",
      2,
      16,
      [1000, 2100],
      [
        [2, 3700],
        [4, 3500],
        [8, 3400],
        [12, 3100],
        [16, 2800],
      ],
    ),
  /** Two Xeon Gold 5218 (Cascade Lake): 32 cores x 2 threads. */
  "xeon-5218": () =>
    xeon(
      "xeon-5218",
      2,
      16,
      [1000, 2300],
      [
        [2, 3900],
        [4, 3700],
        [8, 3600],
        [12, 3100],
        [16, 2800],
      ],
    ),
  /** Four Xeon E7-8870 v4 (Broadwell): 80 cores x 2 threads. */
  "xeon-e7-8870v4": () =>
    xeon(
      "xeon-e7-8870v4",
      4,
      20,
      [1200, 2100],
      [
        [2, 3000],
        [3, 2800],
        [4, 2700],
        [20, 2600],
      ],
    ),
};

/** The chip used where none is named. */
export const DEFAULT_TOPOLOGY = "i5-1035g1";

/** @throws InputError for an unknown name. */
export function presetTopology(name: string): Topology {
  const make = Object.hasOwn(TOPOLOGY_PRESETS, name) ? TOPOLOGY_PRESETS[name] : undefined;
  if (make === undefined) {
    throw new InputError("no such chip", {
      field: "chip",
      found: name,
      expected: `one of ${Object.keys(TOPOLOGY_PRESETS).join(", ")}, or a JSON file`,
    });
  }
  return make();
}
