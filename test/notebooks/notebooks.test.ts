import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect } from "chai";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const notebooks = readdirSync(`${ROOT}notebooks`).filter((f) => f.endsWith(".nb.ts"));

describe("the notebooks", function () {
  this.timeout(600_000);

  it("exist", () => {
    expect(notebooks).to.include("01-first-simulation.nb.ts");
  });

  for (const file of notebooks) {
    const name = file.replace(".nb.ts", "");
    it(`${name} runs from top to bottom and becomes .ipynb and self-contained .html`, () => {
      const html = `${ROOT}notebooks/out/${name}.html`;
      rmSync(html, { force: true });
      const done = spawnSync("npm", ["run", "--silent", "notebooks", "--", name], {
        cwd: ROOT,
        encoding: "utf8",
      });
      expect(done.status, done.stderr + done.stdout).to.equal(0);
      expect(statSync(html).size).to.be.greaterThan(2000);
      const page = readFileSync(html, "utf8");
      expect(page).not.to.match(/<script|<link|src=["']?http|@import/);
      expect(page).to.contain("<svg");
      const ipynb = JSON.parse(readFileSync(`${ROOT}notebooks/out/${name}.ipynb`, "utf8"));
      expect(ipynb.cells.some((c: { outputs?: unknown[] }) => (c.outputs?.length ?? 0) > 0)).to.equal(true);
    });
  }
});
