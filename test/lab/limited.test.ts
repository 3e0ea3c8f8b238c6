import { writeFileSync } from "node:fs";
import { expect } from "chai";
import { limited } from "../../lab/policy/limited.ts";
import { simulateFile } from "../../lab/simulate-file.ts";
import { InputError } from "../../traces/input-error.ts";
import { scratchFolder } from "../traces/support.ts";

const WRONG: readonly [what: string, text: string, message: RegExp][] = [
  [
    "does not come back from a question",
    "export default () => ({ place() { for (;;); } });\n",
    /\.mjs: the policy does not come back; found a turn of the simulation, .* took more than 2 s/,
  ],
  [
    "does not come back from its factory",
    "export default () => { for (;;); };\n",
    /\.mjs: the policy does not come back/,
  ],
  [
    "waits for ever at its top level",
    "await new Promise(() => {});\n",
    /\.mjs: the policy is not loaded; found its top level took more than 2 s/,
  ],
  [
    "ends the worker, and catches what that throws",
    "export default () => ({ place() { try { process.exit(3); } catch {} } });\n",
    /\.mjs: the policy calls process\.exit\(3\)/,
  ],
];

describe("a user's policy in a worker of a sweep", () => {
  const scratch = scratchFolder();
  for (const [i, [what, text, message]] of WRONG.entries())
    it(`that ${what} is stopped, with an error of its file`, async () => {
      const policy = scratch(`never${i}.mjs`);
      writeFileSync(policy, text);
      const error = await simulateFile("numeric", {
        policy,
        supervise: limited(2000),
        durationNs: 20_000_000,
      }).catch((e) => e);
      expect(error).to.be.instanceOf(InputError);
      expect(error.message).to.match(message);
    });
});
