import { existsSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { runProcess } from "../../kernel-bridge/run-process.ts";

describe("running a process", () => {
  it("gives back exit code and both streams, and lines as they come", async () => {
    const lines: string[] = [];
    const result = await runProcess("sh", ["-c", "echo one; echo two >&2; cat; exit 7"], {
      input: "three\n",
      onLine: (line) => lines.push(line),
    });
    expect(result).to.deep.include({ code: 7, timedOut: false, stdout: "one\nthree\n", stderr: "two\n" });
    expect(lines.sort()).to.deep.equal(["one", "three", "two"]);
  });

  it("kills the whole group at the time limit", async () => {
    const begin = Date.now();
    const result = await runProcess("sh", ["-c", "sleep 30 & echo $!; wait"], { timeLimit: 300 });
    expect(result.timedOut).to.equal(true);
    expect(result.code).to.equal(128 + 9);
    expect(Date.now() - begin).to.be.lessThan(10_000);
    const stat = `/proc/${Number(result.stdout)}/stat`;
    const state = () => (existsSync(stat) ? readFileSync(stat, "utf8").split(" ")[2] : "gone");
    // Gone, or dead and not yet reaped by whoever inherited it; on a busy machine it dies only when it has a processor.
    const ended = () => ["gone", "Z"].includes(state());
    while (!ended() && Date.now() - begin < 10_000) await new Promise((resolve) => setTimeout(resolve, 50));
    expect(state()).to.be.oneOf(["gone", "Z"]);
  });

  it("appends everything printed to a log", async () => {
    const log = join(tmpdir(), `nicetries-log-${process.pid}`);
    try {
      await runProcess("sh", ["-c", "echo a; echo b >&2"], { log });
      await new Promise((resolve) => setTimeout(resolve, 50));
      expect(readFileSync(log, "utf8").trim().split("\n").sort()).to.deep.equal(["a", "b"]);
    } finally {
      rmSync(log, { force: true });
    }
  });

  it("rejects a program that is not there", async () => {
    let code = "";
    await runProcess("/no/such/program", []).catch((error) => {
      code = error.code;
    });
    expect(code).to.equal("ENOENT");
  });
});
