import { spawn } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { expect } from "chai";
import { atEnd } from "../../traces/at-end.ts";
import { openAtomic } from "../../traces/atomic-file.ts";
import { scratchFolder } from "./support.ts";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));

/** A process that has begun a file, with a cleaner that fails before it; says so, and does as it is told. */
const PROGRAM = `
import { atEnd } from "./traces/at-end.ts";
import { openAtomic } from "./traces/atomic-file.ts";
atEnd(() => { throw new Error("a cleaner that fails"); });
openAtomic(process.argv[2]).write("begun");
process.stdout.write("ready");
process.stdin.on("data", (how) => {
  if (String(how) === "throw") throw new Error("lost");
  process.exit(7);
});
`;

describe("the end of a process", () => {
  const scratch = scratchFolder();
  const folder = () => readdirSync(dirname(scratch("x")));

  /** Runs PROGRAM, and ends it when the file is begun. */
  async function ended(path: string, how: NodeJS.Signals | "exit" | "throw"): Promise<number | null> {
    const child = spawn(
      process.execPath,
      ["--import", "tsx", "--input-type=module", "-e", PROGRAM, "x", path],
      { cwd: ROOT, stdio: ["pipe", "pipe", "ignore"] },
    );
    let begun = false;
    child.stdout.once("data", () => {
      begun = folder().some((name) => name.endsWith(".tmp"));
      if (how === "exit" || how === "throw") child.stdin.write(how);
      else child.kill(how);
    });
    const code = await new Promise<number | null>((resolve) => child.on("exit", resolve));
    expect(begun, "a temporary file was there").to.equal(true);
    return code;
  }

  for (const [how, code] of [
    ["SIGINT", 130],
    ["SIGTERM", 143],
    ["SIGHUP", 129],
    ["exit", 7],
    ["throw", 1],
  ] as const)
    it(`by ${how} removes the files it has begun, with exit code ${code}`, async () => {
      expect(await ended(scratch("begun"), how)).to.equal(code);
      expect(folder()).to.deep.equal([]);
    });

  it("is listened for only while there is something to clean", () => {
    const count = () => ["exit", "SIGINT", "SIGTERM", "SIGHUP"].map((event) => process.listenerCount(event));
    const before = count();
    const [a, b] = ["a", "b"].map((name) => openAtomic(scratch(name)));
    expect(count()).to.deep.equal(before.map((n) => n + 1));
    a!.commit();
    expect(count()).to.deep.equal(before.map((n) => n + 1));
    b!.abort();
    expect(count()).to.deep.equal(before);
    expect([existsSync(scratch("a")), existsSync(scratch("b"))]).to.deep.equal([true, false]);
    const forget = atEnd(() => {});
    forget();
    forget();
    expect(count()).to.deep.equal(before);
  });
});
