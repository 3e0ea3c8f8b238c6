import { copyFileSync } from "node:fs";
import { expect } from "chai";
import type { Command } from "commander";
import { program } from "../../cli/program.ts";
import { writeParquet } from "../../traces/parquet.ts";
import { runCommand } from "../model/run-command.ts";
import { plausibleTable } from "../traces/arbitraries.ts";
import { scratchFolder } from "../traces/support.ts";

/** Commands with --json that need what a test run does not have: minutes, a guest, or a patched kernel. */
const ELSEWHERE: readonly string[] = [
  "run",
  ..."build boot record deploy verify adapt bench lockstep".split(" ").map((verb) => `kernel ${verb}`),
  "kernel control status",
];

describe("--json", () => {
  const scratch = scratchFolder();
  const at = (name: string) => scratch(name);
  let root: Command;
  before(async () => {
    root = await program();
    const { meta, ...table } = plausibleTable(400);
    writeParquet(at("t.parquet"), { ...table, meta: { ...meta, tunables: { migration_cost_ns: 500_000 } } });
    const corpus = new URL("../conformance/corpus/smt/mixed-1", import.meta.url).pathname;
    for (const end of ["scn", "txt.gz"]) copyFileSync(`${corpus}.${end}`, at(`a.${end}`));
  });

  /** Calls of each command, in an order in which one finds what another wrote. */
  const calls = (): Record<string, string[][]> => {
    const t = at("t.parquet");
    return {
      simulate: [
        ["hackbench", "--duration", "2ms"],
        ["numeric", "--duration", "2ms", "--as-scenario", at("r.scn")],
        ["--list"],
      ],
      sweep: [
        [
          "--vary",
          "workload=numeric",
          "--vary",
          "niceTries=0,1",
          "--seeds",
          "2",
          "--duration",
          "2ms",
          "--out",
          at("sw"),
        ],
      ],
      "sweep merge": [[at("sw")]],
      compare: [[`${at("sw")}?niceTries=0`, `${at("sw")}?niceTries=1`]],
      experiment: [[]],
      workload: [["examples/recording.ftrace"]],
      fidelity: [["examples/recording.ftrace", "--seeds", "1"]],
      explore: [["numeric", "--duration", "20ms", "--out", at("e.html")]],
      chip: [["8x1"]],
      "trace export": [[t, "--to", "csv", "--out", at("t.csv")]],
      "trace import": [[at("t.csv"), "--migration-cost", "500us", "--out", at("i.parquet")]],
      "trace info": [[t]],
      "trace check": [[t]],
      "trace label": [[t, "--out", at("l.parquet")]],
      "trace head": [[t, "--rows", "3", "--out", at("h.parquet")]],
      "trace show": [[t, "--where", "reason=forced"]],
      "trace sample": [[t, "--rows", "3", "--out", at("s.parquet")]],
      "trace split": [[t, "--parts", "2", "--out", at("p.parquet")]],
      "trace merge": [[at("p-1.parquet"), at("p-2.parquet"), "--out", at("m.parquet")]],
      features: [[t, "--target", "migrate"]],
      train: [
        [t, "--target", "migrate", "--epochs", "1", "--out", at("m.nt")],
        [
          t,
          "--target",
          "migrate",
          "--features",
          "task_running",
          "--hidden",
          "1",
          "--epochs",
          "1",
          "--out",
          at("1.nt"),
        ],
      ],
      evaluate: [[at("m.nt"), t, "--resamples", "2"]],
      "model info": [[at("m.nt")]],
      "model export": [[at("m.nt"), "--to", "onnx", "--out", at("m.onnx")]],
      "model import": [[at("m.onnx"), "--out", at("n.nt")]],
      "model compile": [[at("1.nt")]],
      lockstep: [[at("a.scn")]],
      "kernel doctor": [[]],
    };
  };

  it("prints exactly one JSON document on standard output, in every command that has it", async () => {
    const have = (command: Command, words: string[] = []): string[] => [
      ...(command.options.some(({ long }) => long === "--json") ? [words.join(" ")] : []),
      ...command.commands.flatMap((each) => have(each, [...words, each.name()])),
    ];
    const table = calls();
    expect(have(root)).to.have.members([...Object.keys(table), ...ELSEWHERE]);
    const before = process.exitCode;
    for (const [command, all] of Object.entries(table))
      for (const words of all) {
        const { status, stdout, stderr } = await runCommand(...command.split(" "), ...words, "--json");
        expect(status, `${command}: ${stderr}`).to.equal(0);
        expect(() => JSON.parse(stdout), `${command}: ${stdout.slice(0, 200)}`).not.to.throw();
        expect(stdout.endsWith("\n"), command).to.equal(true);
        expect(stderr, command).not.to.match(/internal error|\n\s+at /);
      }
    process.exitCode = before;
  });
});
