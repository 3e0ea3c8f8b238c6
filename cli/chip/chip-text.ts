import { cpuListText } from "../../sim/chip/import/cpu-list.ts";
import { DEFAULT_NODE_RECLAIM_DISTANCE, numaDistances, type Topology } from "../../sim/chip/topology.ts";
import type { CpuClass, LevelDescription } from "../../sim/domains/describe.ts";
import { textTable } from "../output.ts";

/** So many domains of a level, groups of a domain, and nodes of a table are shown; --json has all. */
const SHOWN = 8;
const SHOWN_NODES = 16;

/** What `nicetries chip` prints for a person. */
export function chipText(topology: Topology, classes: readonly CpuClass[]): string {
  const parts = [summary(topology), ...frequencies(topology), ...distances(topology)];
  for (const each of classes) parts.push(classText(each, classes.length));
  const flags = new Map(
    classes.flatMap(({ levels }) => levels.map((l) => [l.flagsHex, l.flagNames] as const)),
  );
  if (flags.size > 0)
    parts.push(
      [
        "flags",
        ...[...flags].map(
          ([value, names]) => `  ${value.padEnd(6)}  ${names.map((n) => n.slice(3)).join(" ")}`,
        ),
      ].join("\n"),
    );
  return parts.join("\n\n");
}

function summary({ name, cpus }: Topology): string {
  const parts: [string, (number | undefined)[]][] = [
    ["core", cpus.map((c) => c.core)],
    ["cluster", cpus.map((c) => c.cluster)],
    ["last-level cache", cpus.map((c) => c.llc)],
    ["node", cpus.map((c) => c.node)],
    ["package", cpus.map((c) => c.package)],
  ];
  const counts = parts.flatMap(([what, ids]) => {
    const count = new Set(ids.filter((id) => id !== undefined)).size;
    return count === 0 ? [] : [`${count} ${what}${count === 1 ? "" : "s"}`];
  });
  return `${name}: ${cpus.length} CPU${cpus.length === 1 ? "" : "s"}, ${counts.join(", ")}`;
}

function frequencies({ frequency }: Topology): string[] {
  if (frequency === undefined) return [];
  const { minMhz, baseMhz, turboMhz } = frequency;
  const limits = turboMhz
    .map((mhz, i) => [i + 1, mhz] as const)
    .filter(([, mhz], i) => mhz !== turboMhz[i + 1])
    .map(([cores, mhz]) => `${cores}: ${mhz}`);
  return [
    `frequencies in MHz: lowest ${minMhz}, base ${baseMhz}; limit with so many active cores of a package: ${limits.join(", ")}`,
  ];
}

function distances(topology: Topology): string[] {
  const { nodes, distance } = numaDistances(topology);
  if (nodes.length === 1) return [];
  const limit = topology.nodeReclaimDistance ?? DEFAULT_NODE_RECLAIM_DISTANCE;
  const title = `distances between nodes; new and woken tasks go no farther than ${limit} (node_reclaim_distance)`;
  if (nodes.length > SHOWN_NODES)
    return [`${title}: ${[...new Set(distance.flat())].sort((a, b) => a - b).join(", ")}`];
  const table = textTable(
    ["node", ...nodes.map(String)],
    distance.map((row, i) => [String(nodes[i]), ...row.map(String)]),
  );
  return [`${title}\n${table}`];
}

function classText({ cpus, levels }: CpuClass, classes: number): string {
  const title = classes === 1 ? `CPUs ${cpuListText(cpus)}, all alike` : `CPUs ${cpuListText(cpus)}`;
  if (levels.length === 0) return `${title}: no domains, they balance with nobody`;
  const header = [
    "level",
    "domains",
    "CPUs",
    "groups",
    "flags",
    "cache_nice_tries",
    "imbalance_pct",
    "interval ms",
    "capacity",
  ];
  const rows = levels.map((l) => [
    l.name,
    String(l.domains.length),
    String(l.domains[0].span.length),
    String(l.domains[0].groups.length),
    l.flagsHex,
    String(l.cacheNiceTries),
    String(l.imbalancePct),
    `${l.minIntervalMs}..${l.maxIntervalMs}`,
    String(l.capacity),
  ]);
  return [title, textTable(header, rows), "", ...levels.flatMap(domainLines)].join("\n");
}

/** "  MC    0-7: 0-1 | 2-3 | 4-5 | 6-7" */
function domainLines({ name, domains }: LevelDescription): string[] {
  const lines = domains.slice(0, SHOWN).map(({ cpus, span, groups }, i) => {
    const shown = groups.slice(0, SHOWN).map(cpuListText);
    if (groups.length > SHOWN) shown.push(`${groups.length - SHOWN} more`);
    const whose = cpus.length === span.length ? "" : ` (of CPUs ${cpuListText(cpus)})`;
    return `  ${(i === 0 ? name : "").padEnd(4)}  ${cpuListText(span)}${whose}: ${shown.join(" | ")}`;
  });
  if (domains.length > SHOWN) lines.push(`        and ${domains.length - SHOWN} domains more`);
  return lines;
}
