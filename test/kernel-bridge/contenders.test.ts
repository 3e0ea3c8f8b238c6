import { expect } from "chai";
import { roundOf } from "../../kernel-bridge/deploy/contenders.ts";
import { runsOf } from "../../kernel-bridge/measure/cost.ts";

/** A reading of the machine: `date`, /proc/schedstat and /proc/stat. */
function state(seconds: number, [busy, idle]: [number, number], waitNs: number, hotGained: number): string {
  const kinds = [`9 0 0 0 5 ${hotGained} 0 0`, "9 0 0 0 2 0 0 0", "9 0 0 0 0 0 0 0"];
  const cpu = (i: number) => [
    `cpu${i} 0 0 0 0 0 0 7000 ${waitNs} 50`,
    `domain0 03 ${kinds.join(" ")} 0 0 0 0 0 0 0 0 0 0 0 0`,
  ];
  const ticks = (i: number) => `cpu${i} ${busy / 2} 0 5 ${idle / 2} 1 0 0 0 0 0`;
  return [
    `date ${seconds}`,
    "version 15",
    "timestamp 4294",
    ...[0, 1].flatMap(cpu),
    `cpu  ${busy} 0 10 ${idle} 2 0 0 0 0 0`,
    ...[0, 1].map(ticks),
    "intr 5 0 0",
  ].join("\n");
}

describe("a round of a benchmark in the kernel", () => {
  const round = roundOf(
    "stock softirq 3 30 0 1 2\n",
    state(100.25, [40, 800], 1e6, 1),
    state(102.25, [340, 900], 5e6, 4),
  );

  it("takes the time of the load, and from /proc/stat the share in which CPUs were idle", () => {
    expect(round.seconds).to.equal(2);
    expect(round.idle).to.be.closeTo(0.25, 1e-9);
  });

  it("takes waiting and balancing from /proc/schedstat, and is not misled by the CPUs of /proc/stat", () => {
    expect(round.counted?.waitNs).to.equal(8e6);
    expect(runsOf("stock", [round, round])).to.deep.equal({
      name: "stock",
      seconds: [2, 2],
      waited: [0.008, 0.008],
      gained: [0, 0],
      hotGained: [6, 6],
    });
  });

  it("has the kernel's histogram", () => {
    expect(round.latencies).to.deep.equal([
      { what: "stock", context: "softirq", calls: 3, cycles: 30, buckets: [0, 1, 2] },
    ]);
  });
});
