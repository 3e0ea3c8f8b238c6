import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { homedir } from "node:os";
import { fileURLToPath } from "node:url";
import { expect } from "chai";
import { expectGoldens } from "../golden/figures.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const notebooks = readdirSync(`${ROOT}notebooks`).filter((f) => f.endsWith(".nb.ts"));

interface Ipynb {
  cells: { outputs?: { data?: { "text/html"?: string[] } }[] }[];
}

/** The figures that a notebook shows, in order. */
function figuresOf(notebook: Ipynb): string[] {
  const outputs = notebook.cells.flatMap((cell) => cell.outputs ?? []);
  return outputs.map((o) => o.data?.["text/html"]?.join("") ?? "").filter((html) => html.includes("<svg"));
}

describe("the notebooks", () => {
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
      for (const text of [page, readFileSync(`${ROOT}notebooks/out/${name}.ipynb`, "utf8")])
        expect(text).not.to.contain(ROOT).and.not.to.contain(`${homedir()}/`);
      if (name === "01-first-simulation") expect(page).to.match(/\b[1-9]\d* forced calls/);
      const ipynb = JSON.parse(readFileSync(`${ROOT}notebooks/out/${name}.ipynb`, "utf8"));
      const shown = figuresOf(ipynb);
      expect(shown.length, "figures").to.be.greaterThan(0);
      expectGoldens(shown.map((figure, i) => [`${name}-${i + 1}`, figure] as const));
    });
  }
});
