import { fileURLToPath } from "node:url";
import { expect } from "chai";
import { simulateFile } from "../../cli/simulate-file.ts";

const RT_APP = fileURLToPath(new URL("../../traces/real/rtapp-nine-busy.json", import.meta.url));

/**
 * sha256 over the decision rows of short runs with seed "pinned". They change only when the model of the scheduler, a
 * workload or the hardware costs change, and then on purpose: say so in the changelog and pin the new ones.
 */
const PINNED: readonly (readonly [source: string, milliseconds: number, rows: number, sha256: string])[] = [
  ["hackbench", 100, 670, "e60bb091e7ca07f6d142beef8bd2128679b81c7f15c62883140605b17a9372f9"],
  ["database", 500, 371, "47dd64f951dfebee717e59bb614dcee192f09c3843ef1011e85230c7b669f414"],
  ["numeric", 1000, 297, "de53eab8e421769dd3f2fcd900f6ff09cc773e3ac68cef2972f43e23842d8b60"],
  ["convolution", 2000, 360, "3276ee761304fbee58d80e792641f95431c3f7e4dfe757d70898b31d827941e9"],
  ["compression", 2000, 160, "1e248eda4a1bd860a0b67cbd662708a4f581c483dedc3fbbec835af4c20d9417"],
  [RT_APP, 2000, 190, "9702b81f446e6b8d81f46456315985e23d7324daa5a2dbab1cac2f8aa8258892"],
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
