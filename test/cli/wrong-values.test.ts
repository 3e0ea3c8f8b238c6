import { writeFileSync } from "node:fs";
import { expect } from "chai";
import type { Command, Option } from "commander";
import { program } from "../../cli/program.ts";
import { writeParquet } from "../../traces/parquet.ts";
import { runCommand } from "../model/run-command.ts";
import { plausibleTable } from "../traces/arbitraries.ts";
import { scratchFolder } from "../traces/support.ts";

/** Wrong values by the word that stands for a value in the help; none where every text is right. */
const WRONG: Record<string, readonly string[]> = {
  chip: ["4x4", "i5-1035g2", "8X1", ""],
  policy: ["cfss", "model", "never_hot", ""],
  time: ["soon", "-5s", "4 parsecs", "4MS", "1e3s", "0x10", "0.1ns", "NaN", ""],
  size: ["much", "1 byte", "-1", "1.5B", "511", ""],
  n: ["many", "-3", "1.5", "0x10", "NaN", "Infinity", "1e99", "99999999999999999999", ""],
  factor: ["sometimes", "-1", "1001", "ON", "0x10", ""],
  rate: ["fast", "-1", "0x10", "Infinity", ""],
  share: ["half", "-1", "1", "2", ""],
  sizes: ["big", "0", "9,,3", "-2", "9;3", ""],
  "name=values": ["foo", "foo=", "=3", "niceTries=1,,2", ""],
  "i/n": ["1", "0/2", "3/2", "a/b", "1/0", ""],
  gate: ["p99", "p99 2%", "p98 +2%", ""],
  metric: ["p98", ""],
  "name=value": ["foo", "foo=3", "=3", "foo=", "constructor=1", "__proto__=1", ""],
  parts: ["smtt", "smt,cachee", "smt;cache", ""],
  format: ["xml", "ONNX", ""],
  target: ["x", "forced", "Migrate", ""],
  preset: ["x", "bestt", ""],
  table: ["x", "schedstats", ""],
  optimiser: ["x", ""],
  split: ["x", "time:2", "time:x", "time:0", "seed:", "workload:", "none:1", ""],
  rule: ["x", "cost:", "cost:-1", "2", "comm", "pid=7", ""],
  list: ["nonsense", "nonsense,nonsense", ""],
  score: ["x", ""],
  "kind:seed": ["x", "nothing:1", "mixed:", "mixed:a/b", ""],
  "kind:seeds": ["x", "nothing:1", "mixed:9-1", "mixed:a/b", ""],
  variant: ["windows", ""],
  "cores x threads": ["3x3", ""],
  MIPS: ["3", "fast", ""],
  mode: ["auto", ""],
  "name=column": ["foo", "=x", "a=", ""],
  tool: ["bcc-tools", "MLB", ""],
  char: ["tabs", ";;", ""],
  conditions: ["nonsense", "reason=forcd", "delta>", "nosuch=1", ""],
  "from..to": ["1s", "soon..2s", "2s..1s", "1..2..3", ""],
  names: ["a,,b", "!", ""],
  kind: ["x", ""],
  seed: [""],
  name: [""],
  file: [""],
  dir: [""],
  folder: [""],
  path: [""],
  json: [""],
  dump: [""],
  tarball: [""],
};

/** Options whose `<name>` is one of a few, or has a form. */
const NAMES: Record<string, readonly string[]> = {
  "run --name": ["a/b", "..", "a b", ""],
  "experiment --name": ["a/b", "..", "a b", ""],
  "train --focal-gamma": ["many", "-3", "11", "0x10", ""],
  "train --optimiser": ["x", ""],
  "train --activation": ["x", ""],
  "train --schedule": ["x", ""],
  "train --loss": ["x", ""],
  "train --preprocessing": ["x", ""],
  "kernel record --benchmark": ["doom", ""],
  "kernel adapt --benchmark": ["doom", ""],
  "kernel record --collector": ["x", ""],
  "kernel deploy --arithmetic": ["x", ""],
  "model import --name": ["a-name-of-more-than-16-characters", ""],
};

/** Options of `simulate` that only a recording has. */
const RECORDING = ["--tasks", "--window", "--loop", "--recorded-on"];

describe("a wrong value of an option", () => {
  const scratch = scratchFolder();
  let root: Command;
  before(async () => {
    root = await program();
    writeParquet(scratch("t.parquet"), plausibleTable(50));
    writeFileSync(scratch("m.onnx"), "");
  });

  /** The commands that do something, by their words. */
  const leaves = (command: Command, words: string[] = []): [string[], Command][] =>
    command.commands.length === 0
      ? [[words, command]]
      : command.commands.flatMap((each) => leaves(each, [...words, each.name()]));

  /** Right words for a command's arguments: nothing else is to be wrong. */
  const argumentsFor = (command: Command, option: Option): string[] =>
    command.registeredArguments.flatMap((argument) => {
      const name = argument.name();
      if (option.long === "--generate") return [];
      if (command.name() === "explore")
        return RECORDING.includes(option.long!) ? "examples/recording.ftrace?" : "hackbench";
      if (name === "recording" || RECORDING.includes(option.long!)) return "examples/recording.ftrace";
      if (name === "workload") return "hackbench";
      if (name === "experiment") return "e1";
      if (name === "command") return "true";
      if (name === "mode") return "off";
      if (name === "slot") return "1";
      if (name === "rule") return "comm=x";
      return scratch(
        name === "model"
          ? "m.nt"
          : command.name() === "import" && command.parent?.name() === "model"
            ? "m.onnx"
            : "t.parquet",
      );
    });

  const MANDATORY: Record<string, string> = {
    "--target": "migrate",
    "--to": "csv",
    "--rows": "3",
    "--parts": "2",
  };
  const mandatory = (command: Command, but: Option): string[] =>
    command.options
      .filter((option) => option.mandatory && option !== but)
      .flatMap((option) => {
        const value =
          option.long === "--out"
            ? scratch(command.name() === "train" ? "m.nt" : "out.parquet")
            : MANDATORY[option.long!];
        return [
          option.long!,
          option.argChoices && !option.argChoices.includes(value) ? option.argChoices[0] : value,
        ];
      });

  it("is refused by every command with exit code 2, naming option, found and expected", async () => {
    const unclassified: string[] = [];
    const faults: string[] = [];
    let tried = 0;
    for (const [words, command] of leaves(root))
      for (const option of command.options) {
        const word = /<(.+)>/.exec(option.flags)?.[1];
        if (word === undefined || option.long === "--version") continue;
        const name = `${words.join(" ")} ${option.long}`;
        const values = NAMES[name] ?? WRONG[word];
        const place = name === "kernel lockstep --generate" ? ["--out", scratch("dumps")] : [];
        if (values === undefined) unclassified.push(`${name} <${word}>`);
        for (const value of values ?? []) {
          tried++;
          const given = [
            ...mandatory(command, option),
            option.long!,
            value,
            ...place,
            ...argumentsFor(command, option),
          ];
          const { status, stderr, stdout } = await runCommand(...words, ...given);
          const named = stderr.startsWith("nicetries: ") && stderr.includes(option.long!);
          const shown =
            stderr.includes(JSON.stringify(value)) ||
            value.split(/[,;=:]/).some((part) => part !== "" && stderr.includes(part));
          const told = /needs|expected|may have/.test(stderr);
          if (
            status !== 2 ||
            !named ||
            !(shown || value === "") ||
            !told ||
            stdout !== "" ||
            /\n\s+at /.test(stderr)
          )
            faults.push(`${name} ${JSON.stringify(value)}: exit ${status}, ${stderr.trim() || "silence"}`);
        }
      }
    expect(unclassified).to.deep.equal([]);
    expect(faults).to.deep.equal([]);
    expect(tried).to.be.greaterThan(300);
  });
});
