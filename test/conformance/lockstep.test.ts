import { readdirSync, readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { expect } from "chai";
import { presetTopology } from "../../sim/chip/topology-presets.ts";
import { compareScenario } from "../../sim/lockstep/compare.ts";
import { parseScenario } from "../../sim/lockstep/scenario.ts";

/**
 * Every scenario of the corpus, against what Linux 6.1.192's own scheduler code did with it (see docs/lockstep.md): all
 * fields of all steps, no tolerance. The dumps of `generated-*` and `groups-*` were made by `nicetries kernel lockstep --generate`.
 */
const corpus = new URL("./corpus/", import.meta.url);
const fieldsOf = new Map<string, number>();

for (const [directory, chip, count] of [
  ["smt", "i5-1035g1", 108],
  ["mc", "8x1", 27],
  ["generated-smt", "i5-1035g1", 35],
  ["generated-mc", "8x1", 20],
  ["groups-smt", "i5-1035g1", 23],
  ["groups-mc", "8x1", 14],
] as const) {
  describe(`lockstep with the kernel on ${chip} (${directory})`, () => {
    const folder = new URL(`${directory}/`, corpus);
    const names = readdirSync(folder)
      .filter((name) => name.endsWith(".scn"))
      .map((name) => name.slice(0, -4));

    it(`has ${count} scenarios`, () => expect(names).to.have.length(count));

    for (const name of names) {
      it(`${name} is equal in every field`, () => {
        const path = new URL(`${name}.scn`, folder);
        const scenario = parseScenario(readFileSync(path, "utf8"), name, 8);
        const dump = gunzipSync(readFileSync(new URL(`${name}.txt.gz`, folder))).toString();
        const result = compareScenario(name, scenario, presetTopology(chip), dump);
        expect(result.difference).to.equal(null);
        expect(result.fieldsCompared).to.be.greaterThan(1000);
        fieldsOf.set(`${directory}/${name}`, result.fieldsCompared);
      });
    }
  });
}

describe("lockstep with the kernel", () => {
  it("compares 8,463,969 fields in 227 scenarios, as the pages say", function () {
    if (fieldsOf.size < 227) this.skip(); // a part was chosen
    const fields = [...fieldsOf.values()].reduce((sum, n) => sum + n, 0);
    expect([fieldsOf.size, fields]).to.deep.equal([227, 8_463_969]);
    for (const page of ["README.md", "docs/results.md"]) {
      const text = readFileSync(new URL(`../../${page}`, import.meta.url), "utf8").replaceAll(/\s+/g, " ");
      expect(text, page).to.contain(fields.toLocaleString("en")).and.to.contain("227 scenarios");
    }
  });
});
