import { existsSync } from "node:fs";
import { expect } from "chai";
import { verdictCounts } from "../../fidelity/compare.ts";
import { stands } from "../../fidelity/control.ts";
import { isFaithful } from "../../fidelity/result.ts";
import { storedResults } from "../../lab/fidelity/stored.ts";
import { runCommand } from "../model/run-command.ts";

/** Where the files of the stored comparisons lie. */
const FOLDERS = ["examples/fidelity/", "kernel-bridge/benchmarks/", "traces/real/"];
const pathOf = (name: string) =>
  FOLDERS.map((folder) => new URL(`../../${folder}${name}`, import.meta.url).pathname).find((path) =>
    existsSync(path),
  );

describe("nicetries fidelity --stored", () => {
  /** The command and the exit code it leaves for the process. */
  async function fidelity(...words: string[]) {
    const before = process.exitCode;
    process.exitCode = undefined;
    const out = await runCommand("fidelity", ...words);
    const code = out.status || Number(process.exitCode ?? 0);
    process.exitCode = before;
    return { ...out, code };
  }

  it("has files whose text is as it was, with controls that were found out", () => {
    const results = storedResults();
    expect(results).not.to.deep.equal([]);
    for (const { workload, chip, controls, metrics } of results) {
      expect(pathOf(workload), workload).to.be.a("string");
      expect(metrics.length, workload).to.be.at.least(49); // of 8x1, which has one level of domains
      expect(metrics.length >= 59 || chip === "8x1", workload).to.equal(true);
      expect(verdictCounts(metrics).agrees, workload).to.be.greaterThan(metrics.length / 2);
      for (const { name, differs } of controls) expect(differs, `${workload}: ${name}`).to.be.greaterThan(0);
      expect(stands(controls), workload).to.equal(true);
    }
  });

  it("shows each of them without a kernel, as text and as JSON, and fails where a metric differs", async () => {
    for (const stored of storedResults()) {
      const path = pathOf(stored.workload)!;
      const json = await fidelity(path, "--topology", stored.chip, "--stored", "--json");
      expect(JSON.parse(json.stdout), path).to.deep.equal(stored);
      const text = await fidelity(path, "--topology", stored.chip, "--stored");
      expect(text.stdout).to.contain(`${stored.seeds} seeds against ${stored.boots} boots`);
      expect([json.code, text.code], path).to.deep.equal(new Array(2).fill(isFaithful(stored) ? 0 : 1));
    }
  });

  it("simulates anew against a stored real side", async () => {
    const stored = storedResults().find(({ workload }) => workload === "hogs-9.json");
    const { stdout } = await fidelity(
      pathOf(stored!.workload)!,
      "--topology",
      stored!.chip,
      "--resimulate",
      "--seeds",
      "1",
      "--json",
    );
    const anew = JSON.parse(stdout);
    expect(anew.seeds).to.equal(1);
    expect(anew.real).to.deep.equal(stored!.real);
    expect(anew.metrics.map(({ real }: { real: unknown }) => real)).to.deep.equal(
      stored!.metrics.map(({ real }) => real),
    );
    expect(verdictCounts(anew.metrics).differs).to.be.at.most(verdictCounts(stored!.metrics).differs + 3);
  });

  it("refuses for recordings what they have no use for, instead of passing over it", async () => {
    for (const words of [
      ["--topology", "8x1"],
      ["--boots", "3"],
      ["--duration", "5ms"],
      ["--time-limit", "9"],
      ["--stored"],
      ["--resimulate"],
      ["-o", "outdir"],
    ]) {
      const { code, stderr } = await fidelity("examples/recording.ftrace", ...words);
      expect(code, words[0]).to.equal(2);
      expect(stderr).to.match(
        words[0] === "-o" ? /--out is for rt-app files/ : new RegExp(`${words[0]} is for rt-app files`),
      );
    }
  });

  it("writes its page neither over a recording nor where there is no folder, and says so before it replays", async () => {
    for (const [page, code, message] of [
      ["examples/recording.ftrace", 2, "--page would replace examples/recording.ftrace"],
      ["traces/schedules/zstd-1.parquet", 2, "--page would replace traces/schedules/zstd-1.parquet"],
      ["no-such-folder/page.html", 1, "no-such-folder/page.html"],
    ] as const) {
      const recording = page.includes("zstd")
        ? "traces/schedules/zstd-1.ftrace.gz"
        : "examples/recording.ftrace";
      const { stderr, ...out } = await fidelity(recording, "--page", page);
      expect(out.code, page).to.equal(code);
      expect(stderr).to.contain(message).and.not.contain("replay 1");
    }
  });

  it("names a file of which nothing is stored", async () => {
    const unknown = new URL("../../examples/app.json", import.meta.url).pathname;
    const { code, stderr } = await fidelity(unknown, "--stored");
    expect(code).to.equal(1);
    expect(stderr).to.contain("no stored comparison").and.contain(unknown);
  });
});
