import { execFileSync } from "node:child_process";
import { readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { extract } from "./docs/extract.ts";
import { ROOT, readPage } from "./docs/pages.ts";
import { scratchFolder } from "./traces/support.ts";

const LIMIT_BYTES = 5e6;

/** The package as npm would publish it, installed in an empty project, under plain Node. */
describe("the package", () => {
  const scratch = scratchFolder();
  let tarball: string;
  const run = (command: string) =>
    execFileSync("bash", ["-c", command], {
      cwd: scratch("."),
      encoding: "utf8",
      stdio: ["ignore", "pipe", "pipe"],
    });

  before(() => {
    const args = ["pack", "--json", "--pack-destination", scratch(".")];
    const [packed] = JSON.parse(
      execFileSync("npm", args, { cwd: ROOT, encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] }),
    );
    tarball = scratch(packed.filename);
    writeFileSync(scratch("package.json"), '{ "name": "empty", "private": true }\n');
    run(`npm install --prefer-offline --no-audit --no-fund --ignore-scripts ${tarball}`);
  });

  it("is small", () => {
    expect(statSync(tarball).size).to.be.below(LIMIT_BYTES);
  });

  it("has the command", () => {
    const { version } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8"));
    expect(run("npx nicetries --version")).to.equal(`${version}\n`);
    const { records } = JSON.parse(run("npx nicetries simulate hackbench --duration 100ms --json"));
    expect(records).to.be.greaterThan(100);
  });

  it("runs the main job, workers and all", () => {
    expect(run("npx nicetries run --quick --json")).to.contain('"judged"');
    expect(statSync(scratch("runs/main/report.html")).size).to.be.greaterThan(10_000);
  });

  it("loads tsx for a policy in TypeScript, and for nothing else", () => {
    const source = "export default (): object => ({ name: 'typed', decide: (): number => 0 });\n";
    writeFileSync(scratch("typed.ts"), source);
    const simulate = "npx nicetries simulate numeric --duration 100ms --json --policy ./typed.ts";
    expect(JSON.parse(run(simulate)).policy).to.equal("typed");
    run("mv node_modules/tsx tsx-away");
    try {
      expect(
        JSON.parse(run("npx nicetries simulate numeric --duration 100ms --json")).records,
      ).to.be.greaterThan(0);
      expect(() => run(simulate)).to.throw(/needs tsx.*npm install tsx/s);
    } finally {
      run("mv tsx-away node_modules/tsx");
    }
  });

  it("has declarations that a TypeScript project compiles against", () => {
    writeFileSync(
      scratch("typed.mts"),
      `import { type Policy, presetTopology, readTrace, simulate, type TraceTable } from "nicetries";
const policy = (): Policy => ({ name: "still", decide: ({ row }) => (row.delta < 1e6 ? 0 : 1) });
export const topology = presetTopology("8x1");
export const table: Promise<TraceTable> = readTrace("t.parquet");
export const run = (workload: Parameters<typeof simulate>[0]["workload"]): number =>
  simulate({ workload, topology, seed: "1", policy }).events;
`,
    );
    const flags =
      "--noEmit --strict --skipLibCheck --module nodenext --moduleResolution nodenext --target es2023";
    expect(
      run(`${join(ROOT, "node_modules/.bin/tsc")} ${flags} --types "" --ignoreConfig typed.mts`),
    ).to.equal("");
  });

  describe("and docs/library.md", () => {
    for (const item of extract(readPage("docs/library.md"))) {
      if (item.kind === "file")
        it(`line ${item.line}: ${item.name}`, () => writeFileSync(scratch(item.name), item.text));
      else if (item.kind === "command" && !/^npm (pack|install|run) /.test(item.text))
        it(`line ${item.line}: ${item.text}`, () => {
          const printed = run(item.text);
          if (item.text.startsWith("node "))
            expect(printed).to.match(/decisions|forced|balanced|busy|sound: true/);
        });
    }
  });
});
