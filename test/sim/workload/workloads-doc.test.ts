import { readFileSync } from "node:fs";
import { expect } from "chai";
import { HARDWARE_PARAMETERS } from "../../../sim/chip/hardware.ts";
import { MODELS } from "../../../sim/workload/models/catalogue.ts";

describe("docs/workloads.md", () => {
  const doc = readFileSync(new URL("../../../docs/workloads.md", import.meta.url), "utf8");

  it("has the table row of every parameter of every model, as the code has it", () => {
    for (const m of MODELS) {
      const section = doc.slice(doc.indexOf(`### \`${m.name}\``));
      for (const [name, p] of Object.entries(m.parameters))
        expect(section, `${m.name} ${name}`).to.contain(
          `| \`${name}\` | ${p.value} | ${p.unit} | ${p.about} | ${p.source} |`,
        );
    }
  });

  it("has the table row of every hardware parameter", () => {
    for (const [name, p] of Object.entries(HARDWARE_PARAMETERS))
      expect(doc).to.contain(
        `| \`${name}\` | ${p.value} | ${p.unit} | ${p.off} | ${p.about} | ${p.source} |`,
      );
  });
});
