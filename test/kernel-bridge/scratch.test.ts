import { spawn } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { setTimeout } from "node:timers/promises";
import { expect } from "chai";
import { withScratch } from "../../kernel-bridge/scratch.ts";

/** A process with a temporary folder and a child; prints both, then waits. */
const PROGRAM = `
import { withScratch } from "./kernel-bridge/scratch.ts";
import { runProcess } from "./kernel-bridge/run-process.ts";
await withScratch("test", async (folder) => {
  await runProcess("sh", ["-c", 'echo "$1 $$"; exec sleep 100', "sh", folder], {
    onLine: (line) => process.stdout.write(line + "\\n"),
    passInterrupt: process.argv[2] === "pass",
  });
  console.log("went on");
});
`;

async function interrupted(signal: NodeJS.Signals, ...words: string[]) {
  const child = spawn(
    process.execPath,
    ["--import", "tsx", "--input-type=module", "-e", PROGRAM, "x", ...words],
    {
      stdio: ["ignore", "pipe", "inherit"],
    },
  );
  let text = "";
  const code = await new Promise<number | null>((resolve) => {
    child.stdout.on("data", (chunk) => {
      if (text === "") child.kill(signal);
      text += chunk;
    });
    child.on("close", resolve);
  });
  const [folder, pid] = text.split("\n")[0].split(" ");
  return { code, text, folder: folder!, pid: pid! };
}

/** Gone, or dead and not yet reaped by whoever inherited it. */
function isGone(pid: string): boolean {
  try {
    return readFileSync(`/proc/${pid}/stat`, "utf8").split(" ")[2] === "Z";
  } catch {
    return true;
  }
}

/** A signal takes its time on a busy machine: looks again and again, for ten seconds at most. */
async function goes(pid: string): Promise<boolean> {
  for (const limit = Date.now() + 10_000; Date.now() < limit; await setTimeout(20)) {
    if (isGone(pid)) return true;
  }
  return false;
}

describe("the end of a process", () => {
  for (const [signal, code] of [
    ["SIGINT", 130],
    ["SIGTERM", 143],
    ["SIGHUP", 129],
  ] as const)
    it(`by ${signal} takes children and temporary folders along`, async () => {
      const end = await interrupted(signal);
      expect(end.code).to.equal(code);
      expect(end.folder).to.match(/nicetries-test-/);
      expect(existsSync(end.folder)).to.equal(false);
      expect(await goes(end.pid)).to.equal(true);
    });

  it("does not come when the interrupt is meant for the child", async () => {
    const end = await interrupted("SIGINT", "pass");
    expect(end.code).to.equal(0);
    expect(end.text).to.match(/went on/);
    expect(existsSync(end.folder)).to.equal(false);
  });

  it("leaves no listener behind when there is nothing to clean", async () => {
    const before = process.listenerCount("SIGINT");
    let during = 0;
    let folder = "";
    await withScratch("test", async (path) => {
      during = process.listenerCount("SIGINT");
      folder = path;
    });
    expect(during).to.equal(before + 1);
    expect(process.listenerCount("SIGINT")).to.equal(before);
    expect(existsSync(folder)).to.equal(false);
  });
});
