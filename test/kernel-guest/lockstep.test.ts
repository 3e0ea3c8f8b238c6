import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { expect } from "chai";
import { findImage } from "../../kernel-bridge/build/build-kernel.ts";
import { dumpScenarios, type KernelDump } from "../../kernel-bridge/lockstep/harness.ts";
import { presetTopology } from "../../sim/chip/topology-presets.ts";
import { compareScenario } from "../../sim/lockstep/compare.ts";
import { generateScenario } from "../../sim/lockstep/generate.ts";
import { harnessMachine } from "../../sim/lockstep/harness-machine.ts";
import { formatScenario, parseScenario } from "../../sim/lockstep/scenario.ts";
import { needGuest } from "./support.ts";

const corpus = new URL("../conformance/corpus/", import.meta.url);

/** Where the lockstep kernel is in the cache; building it for a few tests would cost more than all others together. */
describe("the lockstep kernel", () => {
  let bzImage: string;
  before(async function () {
    needGuest(this);
    const image = await findImage("lockstep");
    if (image === undefined) {
      console.log("      skipped: no lockstep kernel; type nicetries kernel build --kernel lockstep");
      this.skip();
    }
    bzImage = image.bzImage;
  });

  for (const [folder, chip, names] of [
    ["smt", "i5-1035g1", ["mixed-1", "affinity-4", "overload-2", "policies-3", "renice-5", "yields-6"]],
    ["mc", "8x1", ["sleepers-501", "extremes-502", "affinity-503", "nine-501"]],
  ] as const) {
    it(`reproduces the corpus on ${chip}, byte for byte, and the simulator equals it on a new scenario`, async () => {
      const old = names.map((name) => ({
        name,
        text: formatScenario(
          parseScenario(readFileSync(new URL(`${folder}/${name}.scn`, corpus), "utf8"), name, 8),
        ),
      }));
      const made = generateScenario("everything", "guest test", 8, 300);
      const machine = harnessMachine(presetTopology(chip))!;
      const results: KernelDump[] = [];
      await dumpScenarios(
        {
          bzImage,
          machine,
          control: machine.control,
          scenarios: [...old, { name: "everything", text: formatScenario(made) }],
          timeLimit: 600,
        },
        (result) => results.push(result),
      );
      expect(results.map(({ problem }) => problem)).to.deep.equal(Array(old.length + 1).fill(null));
      names.forEach((name, i) => {
        const dump = gunzipSync(readFileSync(new URL(`${folder}/${name}.txt.gz`, corpus))).toString();
        expect(results[i]!.dump, name).to.equal(dump);
      });
      const { difference } = compareScenario("everything", made, presetTopology(chip), results.at(-1)!.dump!);
      expect(difference).to.equal(null);
    });
  }
});
