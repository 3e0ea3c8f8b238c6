import type { Hardware } from "./hardware.ts";
import type { Topology } from "./topology.ts";

/** What a task remembers of the caches it used. */
export interface CacheTrace {
  /** Core and last-level cache of the CPU it ran on last; -1 before its first run. */
  core: number;
  llc: number;
  /** `ranOnCore[core]` and `ranOnLlc[llc]` when it left the CPU: what is more now was run by others. */
  coreMark: number;
  llcMark: number;
  workingSetBytes: number;
}

/**
 * Cache warmth: what a task loses by running elsewhere, or by letting others run where it was.
 *
 * A working set of W bytes lies with min(W, private cache) in the core's private cache and with min(W, LLC) in the
 * last-level cache. Others who run on the same core (or under the same LLC) push it out linearly: after `decay` ns of
 * their CPU time nothing is left. Running on another core loses all of the private part, running under another LLC
 * all of both. The refill is time without progress, charged before the task's work goes on:
 *
 *   refill = W_private * privateRefill * lost_private + W_shared * sharedRefill * lost_shared     (lost in permille)
 *
 * SMT siblings share everything, so a move between them is free. A first run costs nothing: its misses belong to the work.
 */
export class CacheWarmth {
  readonly coreOf: Int32Array;
  readonly llcOf: Int32Array;
  /** CPU time run so far on each core and under each LLC, ns. */
  private readonly ranOnCore: Float64Array;
  private readonly ranOnLlc: Float64Array;
  private readonly hardware: Hardware;

  constructor(topology: Topology, hardware: Hardware) {
    this.hardware = hardware;
    this.coreOf = numbered(topology.cpus.map((c) => c.core));
    this.llcOf = numbered(topology.cpus.map((c) => c.llc));
    this.ranOnCore = new Float64Array(topology.cpus.length);
    this.ranOnLlc = new Float64Array(topology.cpus.length);
  }

  /** Some task ran `ns` on the CPU. */
  ran(cpu: number, ns: number): void {
    this.ranOnCore[this.coreOf[cpu]] += ns;
    this.ranOnLlc[this.llcOf[cpu]] += ns;
  }

  /** The task leaves the CPU. */
  leave(trace: CacheTrace, cpu: number): void {
    trace.core = this.coreOf[cpu];
    trace.llc = this.llcOf[cpu];
    trace.coreMark = this.ranOnCore[trace.core];
    trace.llcMark = this.ranOnLlc[trace.llc];
  }

  /** The refill the task pays when it starts to run on the CPU now, ns. */
  refill(trace: CacheTrace, cpu: number): number {
    if (trace.core < 0 || trace.workingSetBytes === 0) return 0;
    const h = this.hardware;
    const core = this.coreOf[cpu];
    const llc = this.llcOf[cpu];
    const lostPrivate =
      core === trace.core ? lost(this.ranOnCore[core] - trace.coreMark, h.privateDecayNs) : 1000;
    const lostShared = llc === trace.llc ? lost(this.ranOnLlc[llc] - trace.llcMark, h.sharedDecayNs) : 1000;
    const inPrivate = Math.min(trace.workingSetBytes, h.privateCacheBytes);
    const inShared = Math.min(trace.workingSetBytes, h.sharedCacheBytes);
    return (
      cost(inPrivate, h.privateRefillNsPerKib, lostPrivate) +
      cost(inShared, h.sharedRefillNsPerKib, lostShared)
    );
  }
}

/** Permille of a working set pushed out after others ran `ns`; a decay of 0 means that nothing ever is. */
const lost = (ns: number, decay: number): number =>
  decay === 0 ? 0 : ns >= decay ? 1000 : Math.floor((ns * 1000) / decay);

const cost = (bytes: number, nsPerKib: number, permille: number): number =>
  Math.floor((Math.floor((bytes * nsPerKib) / 1024) * permille) / 1000);

/** Dense numbers for equal keys, in order of first appearance. */
export function numbered(keys: readonly number[]): Int32Array {
  const index = new Map<number, number>();
  return Int32Array.from(keys, (name) => {
    const known = index.get(name) ?? index.size;
    index.set(name, known);
    return known;
  });
}
