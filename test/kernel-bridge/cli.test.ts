import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { Command } from "commander";
import { register } from "../../cli/commands/kernel.ts";
import { reportFailure } from "../../cli/report-failure.ts";

/** Runs the command line in this process: a process of its own takes a second, and there are many calls here. */
async function nicetries(...words: string[]): Promise<{ status: number; stdout: string; stderr: string }> {
  const outcome = { status: 0, stdout: "", stderr: "" };
  const write = { stdout: process.stdout.write, stderr: process.stderr.write };
  for (const stream of ["stdout", "stderr"] as const)
    process[stream].write = (text: unknown) => {
      outcome[stream] += String(text);
      return true;
    };
  try {
    const root = new Command("nicetries").exitOverride();
    register(root.command("kernel"));
    await root.parseAsync(["kernel", ...words], { from: "user" });
  } catch (error) {
    outcome.status = reportFailure(error);
  } finally {
    Object.assign(process.stdout, { write: write.stdout });
    Object.assign(process.stderr, { write: write.stderr });
  }
  return outcome;
}

describe("nicetries kernel", () => {
  it("explains every command with examples", async () => {
    for (const verb of [
      ...["doctor", "build", "boot", "record", "deploy", "control", "verify", "adapt", "bench", "lockstep"],
    ]) {
      const { status, stdout } = await nicetries(verb, "--help");
      expect(status, verb).to.equal(0);
      expect(stdout, verb).to.contain("Examples:").and.contain("--json");
    }
  });

  it("calls a contradiction wrong usage, before anything is built or booted", async () => {
    const wrong: [string[], RegExp][] = [
      [["record"], /nothing to record/],
      [["record", "--benchmark", "zstd", "--", "true"], /not both/],
      [["record", "--collector", "tracepoint", "--", "true"], /needs --kernel patched/],
      [
        ["record", "--kernel", "patched", "--collector", "tracepoint", "--pid", "1", "--", "true"],
        /no --pid/,
      ],
      [["record", "--duration", "0", "--", "true"], /--duration needs a time above 0/],
      [["boot", "--topology", "3x3", "--", "true"], /4x2, 8x1/],
      [["build", "--kernel", "windows"], /stock, patched, debug, lockstep/],
      [["lockstep"], /either a path or --generate/],
      [["lockstep", "x.scn", "--generate", "mixed:1"], /either a path or --generate/],
      [["lockstep", "--generate", "mixed:1"], /give --out/],
      [["lockstep", "--generate", "mixed", "--out", "x"], /needs KIND:SEED/],
      [["lockstep", "--generate", "nothing:1", "--out", "x"], /needs all or one of mixed.*found "nothing"/],
      [["lockstep", "--generate", "mixed:9-1", "--out", "x"], /needs FIRST-LAST/],
      [["lockstep", "--generate", "mixed:../x", "--out", "x"], /needs a seed/],
      [
        ["deploy", "m.nt", "--slot", "8", "--", "true"],
        /--slot needs a whole number of at least 0 and at most 7/,
      ],
      [["deploy", "m.nt", "--match", "pid=7", "--", "true"], /comm=PATTERN or cgroup=FOLDER/],
      [["adapt", "m.nt"], /either a command after -- or --benchmark/],
      [["adapt", "m.nt", "--benchmark", "zstd", "--", "true"], /either a command after -- or --benchmark/],
      [["adapt", "m.nt", "--param", "windw=3", "--", "true"], /window/],
      [["adapt", "m.nt", "--param", "window=3", "--", "true"], /50\.\.20000/],
      [["control", "mode", "auto"], /off, shadow, decide, premigrate/],
      [["control", "add-rule", "0", "comm=x"], /at least 1/],
      [["control", "add-rule", "1", "comm=a-name-of-16-bytes"], /at most 15 bytes/],
    ];
    for (const [words, message] of wrong) {
      const { status, stderr } = await nicetries(...words);
      expect(stderr, words.join(" ")).to.match(message);
      expect(status, words.join(" ")).to.equal(2);
    }
  });

  it("refuses a chip that the lockstep kernel cannot stand for, before anything is built", async () => {
    const { status, stderr } = await nicetries(
      ...["lockstep", "--generate", "mixed:1", "--out", "x", "--chip", "64x2"],
    );
    expect(stderr).to.match(/cannot stand for this chip .*found "64x2, 144 CPUs .*at most 64/);
    expect(status).to.equal(1);
  });

  it("refuses a file that is no model, before anything is booted", async () => {
    const folder = mkdtempSync(join(tmpdir(), "nicetries-kernel-cli-"));
    try {
      writeFileSync(join(folder, "m.nt"), "not a model");
      for (const verb of ["deploy", "verify", "bench"]) {
        const { status, stderr } = await nicetries(
          verb,
          join(folder, "m.nt"),
          ...(verb === "deploy" ? ["--", "true"] : []),
        );
        expect(stderr, verb).to.match(/m\.nt: .*found.*expected/);
        expect(status, verb).to.equal(1);
      }
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });

  it("says that a trace cannot be written before anything is booted", async () => {
    const { status, stderr } = await nicetries("record", "-o", "/no/such/folder/t.parquet", "--", "true");
    expect(stderr).to.match(
      /^nicetries: \/no\/such\/folder\/t\.parquet: the folder to write to does not exist/,
    );
    expect(status).to.equal(1);
  });

  it("finds nothing to control on a kernel that is not patched", async () => {
    const { status, stderr } = await nicetries("control", "status");
    expect(status).to.equal(1);
    expect(stderr).to.match(/no patched kernel to control here.*kernel boot --kernel patched/);
  });

  it("names the benchmarks when asked for another", async () => {
    const { status, stderr } = await nicetries("record", "--benchmark", "doom");
    expect(status).to.equal(2);
    expect(stderr).to.match(/hackbench, zstd, pgbench, numeric, .*gridding.* or an rt-app file/);
  });
});
