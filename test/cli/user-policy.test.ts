import { readdirSync, writeFileSync } from "node:fs";
import { expect } from "chai";
import { scratchFolder } from "../traces/support.ts";
import { command, shell } from "./run-process.ts";

describe("a user's policy in the process of the command", () => {
  const scratch = scratchFolder();
  const words = ["simulate", "convolution", "--duration", "2s", "--json"];
  const simulate = (text: string) => {
    writeFileSync(scratch("p.mjs"), text);
    return shell(command(...words, "--policy", "./p.mjs", "--out", "out.csv"), { cwd: scratch("") });
  };
  afterEach(() => shell("rm -f out.csv", { cwd: scratch("") }));
  const written = () => readdirSync(scratch("")).filter((name) => name.includes("out.csv"));

  it("keeps nobody waiting by what it leaves running", async () => {
    const started = performance.now();
    const { code, stdout, stderr } = await simulate(
      "setInterval(() => {}, 1000);\nexport default () => ({ decide: () => 1 });\n",
    );
    expect(stderr).to.equal("./p.mjs: leaves something running (Timeout); nobody waits for it\n");
    expect(code).to.equal(0);
    expect(JSON.parse(stdout).simulatedSeconds).to.equal(2);
    expect(performance.now() - started).to.be.below(60_000);
    expect(written()).to.deep.equal(["out.csv"]);
  });

  it("writes to standard error, by whatever way", async () => {
    const { code, stdout, stderr } = await simulate(
      "process.stdout.write('made\\n');\nexport default () => ({ decide() { process.stdout.write('d'); return 1; } });\n",
    );
    expect(code).to.equal(0);
    expect(JSON.parse(stdout).policy).to.equal("p.mjs");
    expect(stderr).to.match(/^made\nd+$/);
  });

  it("that places tasks where they may not run is overruled, and told how often", async () => {
    writeFileSync(scratch("p.mjs"), "export default () => ({ name: 'first', place: () => 0 });\n");
    const tasks = { a: { cpus: [2, 3], loop: 5, run: 1000, sleep: 1000 } };
    writeFileSync(scratch("app.json"), JSON.stringify({ tasks, global: { duration: 1 } }));
    const words = ["simulate", "./app.json", "--policy", "./p.mjs"];
    const { stdout, code } = await shell(command(...words), { cwd: scratch("") });
    expect(code).to.equal(0);
    const [, vetoes] = /^policy {5}(\d+) of its places vetoed: CFS chose instead$/m.exec(stdout) ?? [];
    const json = await shell(command(...words, "--json"), { cwd: scratch("") });
    const { policyVetoes, policyCalls } = JSON.parse(json.stdout);
    expect(policyVetoes).to.equal(Number(vetoes)).and.to.equal(policyCalls).and.to.be.at.least(5);
  });

  for (const [what, text, message] of [
    [
      "ends the program from a timer",
      "setTimeout(() => process.exit(0), 1);\nexport default () => ({ decide: () => 1 });\n",
      /^nicetries: \.\/p\.mjs: the policy calls process\.exit\(0\)/,
    ],
    [
      "fails in a timer",
      "setTimeout(() => {\n throw new Error('late');\n}, 1);\nexport default () => ({ decide: () => 1 });\n",
      /^nicetries: \.\/p\.mjs:2: the policy failed in a timer or promise of its own: Error: late/,
    ],
    [
      "fails in a promise that nobody awaits",
      "export default () => ({ decide() {\n Promise.reject(new Error('late'));\n return 1; } });\n",
      /^nicetries: \.\/p\.mjs:2: the policy failed in a timer or promise of its own: Error: late/,
    ],
    [
      "waits for what does not happen, at its top level",
      "await new Promise(() => {});\n",
      /^nicetries: \.\/p\.mjs: the policy is not loaded; found it waits for something that does not happen/,
    ],
  ] as const)
    it(`that ${what} is an error of its file, and leaves no output`, async () => {
      const { code, stdout, stderr } = await simulate(text);
      expect(stderr).to.match(message);
      expect(stderr.trim().split("\n")).to.have.length(1);
      expect(code).to.equal(1);
      expect(stdout).to.equal("");
      expect(written()).to.deep.equal([]);
    });

  it("is interrupted by Ctrl-C in a loop without end, and leaves no output", async () => {
    const loop = "console.error('in');\nfor (;;);";
    for (const text of [`export default () => ({ decide() { ${loop} } });\n`, `${loop}\n`]) {
      writeFileSync(scratch("p.mjs"), text);
      const line = `exec ${command(...words, "--policy", "./p.mjs", "--out", "out.csv")}`;
      const outcome = await shell(line, {
        cwd: scratch(""),
        watch: (child, stderr) => {
          if (stderr === "in\n") setTimeout(() => child.kill("SIGINT"), 200);
        },
      });
      expect(outcome.stderr).to.equal("in\n");
      expect([130, -1], "130, or the signal itself").to.include(outcome.code);
      expect(written()).to.deep.equal([]);
    }
  });
});
