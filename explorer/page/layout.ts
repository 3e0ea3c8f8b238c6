import type { ExplorerCpu } from "../data/run.ts";

/** Heights in a lane, px: who runs, who waits, the passes of its CPU. */
export const RUN_HEIGHT = 15;
export const WAIT_HEIGHT = 7;
export const MARK_HEIGHT = 8;
const GAP = 3;
export const LANE_HEIGHT = RUN_HEIGHT + WAIT_HEIGHT + MARK_HEIGHT + GAP;
/** More between cores with several CPUs, and between caches. */
const CORE_GAP = 4;
const CACHE_GAP = 6;
/** A line with the name of a cache, where there are several. */
const NAME_HEIGHT = 14;
/** Room for the names of lanes, and for the axis. */
export const GUTTER = 92;
export const AXIS = 24;

/** Where a lane lies. */
export interface LanePlace {
  cpu: number;
  top: number;
  label: string;
}

/** Lanes that lie together: those of a cache, or of a core. */
export interface LaneGroup {
  /** "node 1 · cache 3"; "": is drawn without a name. */
  label: string;
  top: number;
  bottom: number;
}

/** Where the lanes of a run lie: those that share a core, a cache and a node next to each other. */
export interface Layout {
  lanes: LanePlace[];
  caches: LaneGroup[];
  /** Of chips whose cores have several CPUs. */
  cores: LaneGroup[];
  height: number;
}

export function layoutOf(cpus: readonly ExplorerCpu[]): Layout {
  const layout: Layout = { lanes: [], caches: [], cores: [], height: 0 };
  const coreKey = ({ node, core }: ExplorerCpu) => `${node} ${core}`;
  const cacheKey = ({ node, llc }: ExplorerCpu) => `${node} ${llc}`;
  const known = cpus.filter(({ core }) => core >= 0);
  const hasThreads = new Set(known.map(coreKey)).size < known.length;
  const namesCores = hasThreads || known.some(({ core, number }) => core !== number);
  const hasCaches = new Set(cpus.map(cacheKey)).size > 1;
  const hasNodes = new Set(cpus.map(({ node }) => node)).size > 1;
  let top = AXIS;
  let last: ExplorerCpu | undefined;
  for (const cpu of inOrder(cpus)) {
    const own = cpus[cpu];
    const { number, core, llc, node } = own;
    const isNewCache = last === undefined || cacheKey(last) !== cacheKey(own);
    const isNewCore = isNewCache || coreKey(last!) !== coreKey(own);
    if (isNewCache) {
      if (last !== undefined) top += CACHE_GAP;
      const label = !hasCaches || llc < 0 ? "" : `${hasNodes ? `node ${node} · ` : ""}cache ${llc}`;
      if (label !== "") top += NAME_HEIGHT;
      if (llc >= 0) layout.caches.push({ label, top, bottom: top });
    } else if (isNewCore && hasThreads) top += CORE_GAP;
    if (hasThreads && core >= 0 && isNewCore) layout.cores.push({ label: "", top, bottom: top });
    layout.lanes.push({
      ...{ cpu, top },
      label: namesCores && core >= 0 ? `CPU ${number} · core ${core}` : `CPU ${number}`,
    });
    for (const group of [llc >= 0 ? layout.caches.at(-1) : undefined, layout.cores.at(-1)])
      if (group) group.bottom = top + LANE_HEIGHT - GAP;
    top += LANE_HEIGHT;
    last = own;
  }
  layout.height = top + 4;
  return layout;
}

function inOrder(cpus: readonly ExplorerCpu[]): number[] {
  return [...cpus.keys()].sort((a, b) => {
    const [x, y] = [cpus[a], cpus[b]];
    return x.node - y.node || x.llc - y.llc || x.core - y.core || x.number - y.number;
  });
}
