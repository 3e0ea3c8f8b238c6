import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { simulateFile } from "../../../cli/simulate-file.ts";
import { InputError } from "../../../traces/input-error.ts";

const ROOT = new URL("../../../", import.meta.url).pathname;

/** The example of docs/policies.md, with its import made to point at this checkout. */
function example(): string {
  const doc = readFileSync(join(ROOT, "docs/policies.md"), "utf8");
  const match = /```ts policy-example\n([\s\S]*?)```/.exec(doc);
  if (!match) throw new Error("docs/policies.md has no example");
  return match[1];
}

describe("a user's policy", () => {
  let directory: string;
  const file = (name: string, text: string): string => {
    const path = join(directory, name);
    writeFileSync(path, text);
    return path;
  };
  const simulated = (policy: string) => simulateFile("convolution", { policy, durationNs: 5e9, seed: "3" });

  before(() => {
    directory = mkdtempSync(join(tmpdir(), "policy-"));
    mkdirSync(directory, { recursive: true });
    writeFileSync(join(directory, "package.json"), '{"type": "module"}');
  });
  after(() => rmSync(directory, { recursive: true }));

  it("of about 20 lines stands in the documentation, and runs", async () => {
    const text = example();
    expect(text.trim().split("\n").length).to.be.within(15, 25);
    const { result, records } = await simulated(file("mine.ts", text));
    expect(result.policy).to.equal("patient");
    expect(result.policyCalls).to.be.within(1, records);
    expect(result.decisions.cold).to.be.greaterThan(0);
  });

  it("may be plain JavaScript and changes what happens", async () => {
    const stay = file("stay.js", "export default () => ({ name: 'stay', decide: () => 0 });\n");
    const { result } = await simulated(stay);
    expect(result.decisions.cold).to.be.greaterThan(0);
    expect(result.detached.cold).to.equal(0);
    expect(result.migrations.balance).to.equal(0);
  });

  const bad: [string, string, RegExp][] = [
    ["without a default export", "export const x = 1;\n", /no factory.*default export/],
    ["that does not parse", "export default (;\n", /cannot be loaded/],
    ["without decide", "export default () => ({ name: 'x' });\n", /cannot decide/],
    [
      "with verdicts that do not exist",
      "export default () => ({ name: 'x', decide: () => 7 });\n",
      /found 7.*0 \(stay\)/,
    ],
  ];
  for (const [what, text, message] of bad) {
    it(`${what} is refused with the file's name`, async () => {
      const path = file(`bad${bad.findIndex((b) => b[0] === what)}.mjs`, text);
      const error = await simulated(path).catch((e) => e);
      expect(error).to.be.instanceOf(InputError);
      expect(error.message).to.match(message).and.contain(path);
    });
  }

  it("that does not exist is refused", async () => {
    const error = await simulated(join(directory, "nowhere.ts")).catch((e) => e);
    expect(error).to.be.instanceOf(InputError);
  });
});
