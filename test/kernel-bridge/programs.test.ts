import { readdirSync, readFileSync } from "node:fs";
import { expect } from "chai";
import { BUILD_PACKAGES } from "../../kernel-bridge/build/source.ts";
import { optionalPackages, workloadPackages } from "../../kernel-bridge/doctor/guest-checks.ts";
import { requireProgram } from "../../kernel-bridge/programs.ts";
import { sudo } from "../../kernel-bridge/sudo.ts";

const root = new URL("../../", import.meta.url);
const read = (name: string) => readFileSync(new URL(name, root), "utf8");

/** Programs that every Debian has. */
const ESSENTIAL = ["sh", "cat", "uname", "true", "echo"];

/** Programs that commands of README, docs and help run in a guest. */
function programsShown(): string[] {
  const pages = ["README.md", ...readdirSync(new URL("docs", root)).map((name) => `docs/${name}`)];
  const help = readdirSync(new URL("cli/kernel", root)).map((name) => `cli/kernel/${name}`);
  const texts = [...pages.filter((name) => name.endsWith(".md")), ...help].map(read);
  const shown = texts.flatMap((text) => [...text.matchAll(/nicetries kernel \w+ .*? -- ([\w./-]+)/g)]);
  return [...new Set(shown.map(([, program]) => program!))].filter((program) => !program.includes("/"));
}

describe("the programs of workloads", () => {
  it("are all known to the doctor, those of every command shown and of every benchmark", () => {
    const uses = workloadPackages().map(({ evidence }) => evidence);
    const shown = programsShown();
    expect(shown).to.include.members(["hackbench", "sysbench"]);
    for (const program of shown.filter((name) => !ESSENTIAL.includes(name)))
      expect(uses, program).to.include(program);
    for (const name of ["rt-tests", "zstd", "postgresql", "libopenblas-dev", "rt-app"])
      expect(workloadPackages().map((each) => each.name)).to.include(name);
  });

  it("are named with their packages and uses by the doctor where they are missing", () => {
    const check = optionalPackages("workload packages", workloadPackages(), (name) => name !== "hackbench");
    expect(check.status).to.equal("warning");
    expect(check.finding).to.equal("not installed: rt-tests (hackbench)");
    expect(check.fix).to.equal(`${sudo()}apt-get install --no-install-recommends rt-tests`);
    expect(optionalPackages("w", workloadPackages(), () => true)).to.include({ status: "ok" });
    const builders = BUILD_PACKAGES.map(([name]) => name);
    expect(workloadPackages().filter(({ name }) => builders.includes(name))).to.deep.equal([]);
  });

  it("are looked for before a guest is built and booted", () => {
    const look = (...command: string[]) => requireProgram(command, "/nowhere");
    expect(() => look("hackbench")).to.throw(/no such program; found "hackbench".*install .*rt-tests$/s);
    expect(() => look("my-own")).to.throw(/Give its path/);
    for (const fine of [["./my-own"], ["/bin/sh"], []]) expect(() => look(...fine)).not.to.throw();
    expect(() => requireProgram(["sh"])).not.to.throw();
  });
});

describe("advice", () => {
  it("has sudo for those who are not root alone", () => {
    expect([sudo(0), sudo(1000)]).to.deep.equal(["", "sudo "]);
  });
});
