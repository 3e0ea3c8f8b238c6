import type { HeapProfiler } from "node:inspector";
import { Session } from "node:inspector/promises";

/** Bytes that the simulator's own functions allocate while `work` runs, sampled by V8, collected ones included. */
export async function allocatedBytes(work: () => void): Promise<number> {
  const session = new Session();
  session.connect();
  await session.post("HeapProfiler.startSampling", {
    samplingInterval: 4096,
    includeObjectsCollectedByMinorGC: true,
    includeObjectsCollectedByMajorGC: true,
  } as HeapProfiler.StartSamplingParameterType);
  work();
  const { profile } = await session.post("HeapProfiler.stopSampling");
  session.disconnect();
  let bytes = 0;
  const visit = (node: HeapProfiler.SamplingHeapProfileNode): void => {
    if (node.callFrame.url.includes("/sim/")) bytes += node.selfSize;
    node.children.forEach(visit);
  };
  visit(profile.head);
  return bytes;
}
