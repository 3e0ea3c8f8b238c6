import { expect } from "chai";
import type { Command } from "commander";
import { program } from "../../cli/program.ts";
import { EXPERIMENTS } from "../../lab/experiments/catalogue.ts";
import { runCommand } from "../model/run-command.ts";

/** Units that a help may name, or examples that have one. */
const UNITS = /a bare number is|such as \d+(us|ms|s|m|G|MiB)\b|nanoseconds|seconds/;

describe("the help", () => {
  let root: Command;
  before(async () => {
    root = await program();
  });

  const all = (command: Command, words: string[] = []): [string[], Command][] => [
    [words, command],
    ...command.commands.flatMap((each) => all(each, [...words, each.name()])),
  ];
  const helpOf = async (words: readonly string[]): Promise<string> => {
    const { status, stdout } = await runCommand(...words, "--help");
    expect(status, words.join(" ")).to.equal(0);
    return stdout.replace(/\s+/g, " ");
  };

  it("of every command has an example", async () => {
    for (const [words, command] of all(root))
      if (command.commands.length === 0)
        expect(await helpOf(words), words.join(" ")).to.match(/Examples?: .*\bnicetries /);
  });

  it("parts the name of each experiment from what it is about", async () => {
    const help = await helpOf(["experiment"]);
    for (const { name, about } of EXPERIMENTS)
      expect(help).to.contain(` ${name} ${about.replace(/\s+/g, " ")}`);
  });

  it("marks required options, in the usage too", async () => {
    let marked = 0;
    for (const [words, command] of all(root))
      for (const option of command.options.filter(({ mandatory }) => mandatory)) {
        const help = await helpOf(words);
        const usage = /Usage: (.*?) \[options\]/.exec(help)?.[1];
        expect(usage, words.join(" ")).to.contain(option.flags.replace(/^-\w, /, ""));
        expect(help).to.contain(`${option.flags} `);
        expect(option.description).to.match(/\(required\)$/);
        marked++;
      }
    expect(marked).to.be.greaterThan(8);
    const { status, stderr } = await runCommand("train", "t.parquet");
    expect(status).to.equal(2);
    expect(stderr).to.match(/required option '--target <target>' not specified/);
  });

  it("says the unit of every time and size", async () => {
    const silent = all(root).flatMap(([words, { options }]) =>
      options
        .filter(({ flags, description }) => /<(time|size)>/.test(flags) && !UNITS.test(description))
        .map(({ long }) => `${words.join(" ")} ${long}`),
    );
    expect(silent).to.deep.equal([]);
  });

  it("is the same by `help COMMAND` and `COMMAND --help`", async () => {
    for (const words of [["simulate"], ["trace"], ["completion"]]) {
      const { status, stdout } = await runCommand("help", ...words);
      expect(status).to.equal(0);
      expect(stdout.replace(/\s+/g, " ")).to.equal(await helpOf(words));
    }
  });

  it("suggests the nearest command and option", async () => {
    for (const [words, message] of [
      [["simulat"], /unknown command 'simulat'\n\(Did you mean simulate\?\)/],
      [["trace", "chek"], /unknown command 'chek'\n\(Did you mean check\?\)/],
      [["simulate", "numeric", "--polcy", "cfs"], /unknown option '--polcy'\n\(Did you mean --policy\?\)/],
      [["evaluate", "m.nt", "t.csv", "--reason"], /unknown option '--reason'\n\(Did you mean --reasons\?\)/],
      [["simulate", "hackbnch"], /<workload> needs .*found "hackbnch"\. Did you mean hackbench\?/],
      [["simulate", "numeric", "--chip", "i5"], /--chip needs one of i5-1035g1, /],
      [["simulate", "numeric", "--chip", "16x3"], /found "16x3"\. Did you mean 16x2\?/],
      [["train", "t.csv", "--target", "migrat", "--out", "m.nt"], /Did you mean migrate\?/],
    ] as [string[], RegExp][]) {
      const { status, stderr } = await runCommand(...words);
      expect(stderr, words.join(" ")).to.match(message);
      expect(status).to.equal(2);
    }
  });
});
