import { fileURLToPath } from "node:url";
import { expect } from "chai";
import { simulateFile } from "../../lab/simulate-file.ts";
import { expectPinned } from "../golden/expect.ts";

const RT_APP = fileURLToPath(new URL("../../traces/real/rtapp-nine-busy.json", import.meta.url));

/**
 * sha256 over the decision rows of short runs with seed "pinned" (test/golden/traces.json). They change only when the model
 * of the scheduler, a workload or the hardware costs change, and then on purpose: say so in the changelog.
 */
const PINNED = fileURLToPath(new URL("../golden/traces.json", import.meta.url));
const RUNS: readonly (readonly [source: string, milliseconds: number])[] = [
  ["hackbench", 100],
  ["database", 500],
  ["numeric", 1000],
  ["convolution", 2000],
  ["compression", 2000],
  ["weights", 2000],
  [RT_APP, 2000],
];

describe("simulated traces", () => {
  for (const [source, milliseconds] of RUNS) {
    const name = source.replace(/.*\//, "");
    it(`of ${name} have the same bytes on every machine`, async () => {
      const options = { seed: "pinned", durationNs: milliseconds * 1e6 };
      const { records, traceSha256 } = await simulateFile(source, options);
      expectPinned(PINNED, name, { records, traceSha256 });
    });
  }

  it("differ between seeds", async () => {
    const hashes = await Promise.all(
      ["a", "b"].map(async (seed) => (await simulateFile("numeric", { seed, durationNs: 1e9 })).traceSha256),
    );
    expect(hashes[0]).not.to.equal(hashes[1]);
  });
});
