import { spawn, spawnSync } from "node:child_process";
import { expect } from "chai";
import { bootGuest } from "../../kernel-bridge/guest/boot.ts";
import { TIME_LIMIT_CODE } from "../../kernel-bridge/guest/run-guest.ts";
import { shellWords } from "../../kernel-bridge/guest/shell-words.ts";
import { image, needGuest } from "./support.ts";

const CLI = ["--import", "tsx", new URL("../../cli/main.ts", import.meta.url).pathname];

describe("a stock guest", () => {
  let bzImage: string;
  before(async function () {
    needGuest(this);
    bzImage = (await image("stock")).bzImage;
  });

  it("is found in the cache at once the second time", async () => {
    const begin = Date.now();
    expect((await image("stock")).built).to.equal(false);
    expect(Date.now() - begin).to.be.lessThan(10_000);
  });

  it("runs a command on this machine's files, with eight CPUs in SMT and MC domains", async () => {
    const script = [
      "nproc",
      "cat /sys/kernel/debug/sched/domains/cpu0/domain*/name | tr '\\n' ' '; echo",
      `[ -e ${import.meta.filename} ] && echo "here"`,
      "touch /usr/a-file && echo writable",
      "printf 'a\\003b\\n'",
      "exit 7",
    ].join("\n");
    const result = await bootGuest({ bzImage, script, timeLimit: 300 });
    expect(result.output.split("\n").slice(0, 5)).to.deep.equal([
      "8",
      "SMT MC ",
      "here",
      "writable",
      "a\x03b",
    ]);
    expect(result).to.include({ exitCode: 7, outcome: "finished" });
  });

  it("has an MC domain alone when its eight cores have one thread each", async () => {
    const command = ["sh", "-c", "cat /sys/kernel/debug/sched/domains/cpu0/domain*/name"];
    const result = await bootGuest({ bzImage, command, topology: "8x1", timeLimit: 300 });
    expect(result.output.trim()).to.equal("MC");
  });

  it("runs a script that comes through a pipe, and gives its exit code", () => {
    const run = spawnSync(process.execPath, [...CLI, "kernel", "boot", "--time-limit", "300"], {
      input: "cd /sys/kernel/debug/sched && cat features | wc -l\nexit 3\n",
      encoding: "utf8",
    });
    expect(run.stdout).to.equal("1\n");
    expect(run.status).to.equal(3);
  });

  it("gives a shell on a terminal", async () => {
    const line = [process.execPath, ...CLI, "kernel", "boot", "--time-limit", "300"];
    const child = spawn("script", ["-qec", shellWords(line), "/dev/null"], {
      stdio: ["pipe", "pipe", "inherit"],
    });
    let output = "";
    child.stdout.on("data", (chunk) => {
      const before = output.includes("#");
      output += chunk;
      if (!before && output.includes("#")) child.stdin.write("tty; exit 4\r");
    });
    const code = await new Promise((resolve) => child.on("exit", resolve));
    expect(output).to.match(/leave with exit[\s\S]*\/dev\/ttyS1/);
    expect(code).to.equal(4);
  });

  it("is killed when it hangs", async () => {
    const result = await bootGuest({ bzImage, command: ["sleep", "1000"], timeLimit: 15 });
    expect(result).to.include({ exitCode: TIME_LIMIT_CODE, outcome: "time limit" });
    expect(result.seconds).to.be.lessThan(60);
  });

  it("that panics is told from one that finishes", async () => {
    const script =
      "echo 1 > /proc/sys/kernel/sysrq; kill -9 1; echo c > /proc/sysrq-trigger; /run/busybox reboot -f";
    const result = await bootGuest({ bzImage, script, timeLimit: 120 });
    expect(result.outcome).to.equal("died");
  });
});
