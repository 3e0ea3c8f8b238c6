import { fileURLToPath } from "node:url";
import { expect } from "chai";
import { simulateFile } from "../../cli/simulate-file.ts";

const RT_APP = fileURLToPath(new URL("../../traces/real/rtapp-nine-busy.json", import.meta.url));

/**
 * sha256 over the decision rows of short runs with seed "pinned". They change only when the model of the scheduler, a
 * workload or the hardware costs change, and then on purpose: say so in the changelog and pin the new ones.
 */
const PINNED: readonly (readonly [source: string, milliseconds: number, rows: number, sha256: string])[] = [
  ["hackbench", 100, 789, "3855d802dda46a5133bba560f59506d684fd0d7f34b49c97520a174f652f0eb7"],
  ["database", 500, 789, "188ca913ec362aecf78536dd8bf2a0e6f3f2c9673303ac44486ed32ce69e770f"],
  ["numeric", 1000, 416, "d8dee9ef821fe2141896845a6d26cb8b415aaf13f360480ed87a1f738f1c4063"],
  ["convolution", 2000, 307, "41dde27865f20618001fbf34d214c5b4e4f5c6d8c4fb39d95a7bb6353fd10620"],
  ["compression", 2000, 180, "2e283c85cf85244b0bf8c811f2fb24355c4c8905a270fb4506bd87fe0e94c7ca"],
  [RT_APP, 2000, 209, "e5001bdbb07c77a61453702c73b27fdfaf0af007e6a4347f022ff54eb4b65141"],
];

describe("simulated traces", () => {
  for (const [source, milliseconds, rows, sha256] of PINNED) {
    it(`of ${source.replace(/.*\//, "")} have the same bytes on every machine`, async () => {
      const options = { seed: "pinned", durationNs: milliseconds * 1e6 };
      const { records, traceSha256 } = await simulateFile(source, options);
      expect({ records, traceSha256 }).to.deep.equal({ records: rows, traceSha256: sha256 });
    });
  }

  it("differ between seeds", async () => {
    const hashes = await Promise.all(
      ["a", "b"].map(async (seed) => (await simulateFile("numeric", { seed, durationNs: 1e9 })).traceSha256),
    );
    expect(hashes[0]).not.to.equal(hashes[1]);
  });
});
