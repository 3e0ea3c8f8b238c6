import { execFile, execFileSync, spawnSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { promisify } from "node:util";
import { expect } from "chai";
import { TOPOLOGY_PRESETS } from "../../sim/chip/topology-presets.ts";
import { MODELS } from "../../sim/workload/models/catalogue.ts";
import { runCommand } from "../model/run-command.ts";
import { scratchFolder } from "../traces/support.ts";

const FILES = ["app.json", "dir", "m.nt", "t.parquet", "with blank.nt"];
const CHIPS = Object.keys(TOPOLOGY_PRESETS);
const WORKLOADS = MODELS.map((model) => model.name);

/** Lines up to their end, and what is offered there. */
const OFFERED: [line: string, words: readonly string[], files?: readonly string[]][] = [
  ["nicetries si", ["simulate"]],
  ["nicetries tra", ["trace", "train"]],
  ["nicetries simulate ", WORKLOADS, FILES],
  ["nicetries simulate conv", ["convolution"]],
  ["nicetries simulate --ch", ["--chip"]],
  ["nicetries simulate --chip ", CHIPS, FILES],
  ["nicetries simulate --chip=", CHIPS, FILES],
  ["nicetries simulate --chip=8", ["8x1"]],
  ["nicetries simulate --seed 7 --chip 8", ["8x1"]],
  ["nicetries simulate --param longNs=3 --table ", ["latency", "timehist", "map", "schedstat"]],
  ["nicetries simulate --policy al", ["always"]],
  ["nicetries simulate --policy mo", ["model:"]],
  ["nicetries simulate --policy model:m", ["m.nt"]],
  ["nicetries simulate --off smt,ca", ["cache"]],
  ["nicetries simulate --param lo", ["loops=", "lockedNs=", "longNs=", "longPermille=", "low=", "lowNice="]],
  ["nicetries simulate --seed ", []],
  ["nicetries train --target mi", ["migrate"]],
  ["nicetries train --preset ", ["libml", "pytorch", "best"]],
  ["nicetries trace sp", ["split"]],
  ["nicetries trace export t.parquet --to c", ["csv"]],
  ["nicetries evaluate m.nt t", ["t.parquet"]],
  ["nicetries trace import -o t", ["t.parquet"]],
  ["nicetries help trace he", ["head"]],
  ["nicetries kernel control mode d", ["decide"]],
  ["nicetries kernel boot -- a", ["app.json"]],
  ["nicetries completion ", ["bash", "zsh"]],
  ["npx nicetries simulate --tim", ["--timeline"]],
];

describe("the completion of", () => {
  const scratch = scratchFolder();
  before(async () => {
    for (const shell of ["bash", "zsh"])
      writeFileSync(scratch(`_nicetries.${shell}`), (await runCommand("completion", shell)).stdout);
    mkdirSync(scratch("here"));
    mkdirSync(scratch("here/dir"));
    for (const name of FILES) if (name !== "dir") writeFileSync(scratch(`here/${name}`), "");
  });

  describe("bash", () => {
    /** What readline would be given: COMP_WORDS are split at blanks, "=" and ":". */
    function complete(lines: readonly string[]): string[][] {
      const calls = lines.map((line) => {
        const words = line.split(" ").flatMap((word) => word.split(/(?<=[=:])|(?=[=:])/));
        return `t ${words.map((word) => `'${word}'`).join(" ")}`;
      });
      const script = [
        `source '${scratch("_nicetries.bash")}'`,
        `t() { COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); COMPREPLY=(); _nicetries; printf '%s\\n' "\${COMPREPLY[@]}" ---; }`,
        ...calls,
      ].join("\n");
      const out = execFileSync("bash", ["-u", "-c", script], {
        cwd: scratch("here"),
        encoding: "utf8",
      });
      return out
        .split("---\n")
        .slice(0, -1)
        .map((text) => text.split("\n").filter((word) => word !== ""));
    }

    it("offers commands, options, choices, names and files", () => {
      const offered = complete(OFFERED.map(([line]) => line));
      OFFERED.forEach(([line, words, files = []], i) => {
        const list = line.endsWith("smt,ca") ? ["smt,cache"] : words;
        expect(offered[i], line).to.have.members([...list, ...files]);
      });
    });

    it("is registered for nicetries, and leaves another npx completion alone", () => {
      const script = (first: string) =>
        `${first} source '${scratch("_nicetries.bash")}'; complete -p nicetries npx`;
      const run = (first: string) => execFileSync("bash", ["-c", script(first)], { encoding: "utf8" });
      expect(run("")).to.equal(
        "complete -F _nicetries nicetries\ncomplete -o filenames -F _nicetries_npx npx\n",
      );
      expect(run("complete -W own npx;")).to.equal(
        "complete -F _nicetries nicetries\ncomplete -W 'own' npx\n",
      );
    });
  });

  describe("zsh", () => {
    before(function () {
      if (spawnSync("zsh", ["-c", "zmodload zsh/zpty"]).status !== 0) this.skip();
    });

    /** What an interactive zsh hands to compadd when Tab is pressed behind the line. */
    async function complete(line: string): Promise<string[]> {
      const capture = new URL("./zsh-capture.zsh", import.meta.url).pathname;
      const words = ["-f", capture, scratch("_nicetries.zsh"), line];
      const { stdout } = await promisify(execFile)("zsh", words, { cwd: scratch("here") });
      const offered = stdout.split(/[\r\n]+/).filter((word) => word !== "");
      return [...new Set(offered)].map((word) => word.replaceAll("\\", ""));
    }

    it("offers commands, options, choices, names and files", async () => {
      // starting one takes seconds: those that differ in kind
      const lines = ["si", "--ch", "--chip=", "model:m", "smt,ca", "lo", "trace he", "--tim", "--seed "];
      const some = OFFERED.filter(([line]) => lines.some((end) => line.endsWith(end)));
      expect(some).to.have.length(lines.length);
      const offered = await Promise.all(some.map(([line]) => complete(line)));
      some.forEach(([line, words, files = []], i) => {
        expect(offered[i], line).to.have.members([...words, ...files]);
      });
    });
  });

  it("another shell is refused, with those that there are", async () => {
    const { status, stderr } = await runCommand("completion", "powershell");
    expect(status).to.equal(2);
    expect(stderr).to.equal('nicetries: <shell> needs one of bash, zsh, found "powershell"\n');
  });
});
