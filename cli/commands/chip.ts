import type { Command } from "commander";
import { chipName } from "../../lab/names.ts";
import { cpuNumbers, numaDistances, type Topology } from "../../sim/chip/topology.ts";
import { DEFAULT_TOPOLOGY, TOPOLOGY_PRESETS } from "../../sim/chip/topology-presets.ts";
import { describeDomains } from "../../sim/domains/describe.ts";
import { openAtomic } from "../../traces/atomic-file.ts";
import { chipText } from "../chip/chip-text.ts";
import { note, print, printJson } from "../output.ts";
import { expectExtension, refuseMixedOutput, refuseReplacingInputs } from "../output-files.ts";

interface Options {
  out?: string;
  json?: boolean;
}

const HELP = `
A chip is a preset (${Object.keys(TOPOLOGY_PRESETS).join(", ")}), or a file of any of these kinds, told apart by what is in it:
  a chip file (docs/chips.md)              the output of lscpu -J, lscpu -J -e or lscpu -p
  lstopo's XML (hwloc 1.11 and 2)          a copy of /sys/devices/system/cpu, a folder or a tar of it

Examples:
  nicetries chip 128x2                                          the domains of a preset
  nicetries chip /sys/devices/system/cpu                        those of this machine
  lscpu -J -e > mine.json; nicetries chip mine.json --out chip.json
  lstopo --of xml server.xml; nicetries simulate numeric --chip server.xml
  tar czf cpu.tgz -C /sys/devices/system cpu node; nicetries chip cpu.tgz --json`;

/** `nicetries chip`: the scheduling domains that Linux makes of a chip. */
export function register(command: Command): void {
  command
    .argument("[chip]", "preset or file", (text: string) => chipName(text, "<chip>"), DEFAULT_TOPOLOGY)
    .option("--out <file>", "write the chip as a chip file: .json")
    .option("--json", "print everything as JSON: {name, cpus, ..., classes}")
    .addHelpText("after", HELP)
    .action(chip);
}

async function chip(name: string, { out, json }: Options): Promise<void> {
  if (out !== undefined) {
    expectExtension(out, ".json");
    refuseReplacingInputs([out], [name]);
    refuseMixedOutput(json, out);
  }
  const { openChip } = await import("../../lab/sources.ts");
  const topology = openChip(name);
  for (const text of topology.notes ?? []) note(text);
  if (out !== undefined) writeChip(out, topology);
  const classes = describeDomains(topology);
  if (json) {
    const { nodes, distance } = numaDistances(topology);
    printJson({
      name: topology.name,
      cpus: cpuNumbers(topology),
      nodes,
      numaDistance: distance,
      notes: topology.notes ?? [],
      classes,
    });
  } else if (out === undefined) print(`${chipText(topology, classes)}\n`);
}

/** A CPU to a line, as docs/chips.md shows chip files. */
function writeChip(path: string, { cpus, ...rest }: Topology): void {
  const lines = cpus.map((cpu) => `  ${JSON.stringify(cpu)}`).join(",\n");
  const others = Object.entries(rest).map(
    ([key, value]) => ` ${JSON.stringify(key)}: ${JSON.stringify(value)}`,
  );
  const file = openAtomic(path);
  try {
    file.write(`{\n${[...others, ` "cpus": [\n${lines}\n ]`].join(",\n")}\n}\n`);
    file.commit();
  } catch (error) {
    file.abort();
    throw error;
  }
}
