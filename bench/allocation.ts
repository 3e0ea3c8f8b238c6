import { type HeapProfiler, Session } from "node:inspector";

/**
 * Counts the bytes that the simulator's own functions allocate, sampled by V8, collected ones included. Attaching it makes V8
 * drop optimised code, and code that is not optimised boxes its numbers: let what is measured run for a while first.
 */
export class AllocationMeter {
  private readonly session = new Session();

  constructor() {
    this.session.connect();
    this.session.post("HeapProfiler.startSampling", {
      samplingInterval: 4096,
      includeObjectsCollectedByMinorGC: true,
      includeObjectsCollectedByMajorGC: true,
    } as HeapProfiler.StartSamplingParameterType);
  }

  /** Bytes since the beginning. */
  bytes(): number {
    let bytes = 0;
    const visit = (node: HeapProfiler.SamplingHeapProfileNode): void => {
      if (node.callFrame.url.includes("/sim/")) bytes += node.selfSize;
      node.children.forEach(visit);
    };
    // The answer comes before post() returns.
    this.session.post("HeapProfiler.getSamplingProfile", (error, answer) => {
      if (error) throw error;
      visit(answer.profile.head);
    });
    return bytes;
  }

  stop(): void {
    this.session.disconnect();
  }
}
