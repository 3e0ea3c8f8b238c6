import { existsSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { setTimeout } from "node:timers/promises";
import { expect } from "chai";
import { writeParquet } from "../../traces/parquet.ts";
import { plausibleTable } from "../traces/arbitraries.ts";
import { scratchFolder } from "../traces/support.ts";
import { command, type Outcome, ROOT, shell } from "./run-process.ts";

describe("Ctrl-C", () => {
  const scratch = scratchFolder();
  before(() => {
    const { meta, ...table } = plausibleTable(4000);
    writeParquet(scratch("t.parquet"), {
      ...table,
      meta: { ...meta, tunables: { migration_cost_ns: 500_000 } },
    });
  });

  /** Sends SIGINT once `ready` holds. */
  async function interrupted(line: string, ready: () => boolean): Promise<Outcome> {
    let ended = false;
    const outcome = shell(`exec ${line}`, {
      cwd: scratch(""),
      started: async (child) => {
        while (!ready() && !ended) await setTimeout(50);
        child.kill("SIGINT");
      },
    });
    return outcome.finally(() => {
      ended = true;
    });
  }

  it("in a training says how to go on, and that is true", async () => {
    const words = ["train", "t.parquet", "--target", "migrate", "--preset", "pytorch", "--out", "m.nt"];
    const written = () => statSync(scratch("m.nt.checkpoint"), { throwIfNoEntry: false })?.mtimeMs ?? 0;
    const train = (...more: string[]) => command(...words, "--epochs", "100000", ...more);
    const first = await interrupted(train(), () => written() > 0);
    expect(first.stderr).to.match(
      /interrupted: the same command with --resume goes on from the last epoch \(m\.nt\.checkpoint\)\n$/,
    );
    expect([first.code, first.stdout]).to.deep.equal([130, ""]);
    expect(readdirSync(scratch("")).sort()).to.deep.equal(["m.nt.checkpoint", "t.parquet"]);
    const before = written();
    const second = await interrupted(train("--resume"), () => written() > before);
    expect(second.code).to.equal(130);
    expect(second.stderr).to.match(
      /interrupted: the same command goes on from the last epoch \(m\.nt\.checkpoint\)\n$/,
    );
  });

  it("in a run says how to go on, and that is true", async () => {
    writeFileSync(scratch("one.json"), '{"cores": 1}');
    const words = ["run", "--quick", "--chip", "one.json", "--name", "r"];
    const steps = () => (existsSync(scratch("runs/r/steps")) ? readdirSync(scratch("runs/r/steps")) : []);
    const kept = () => steps().filter((name) => name.endsWith(".json"));
    const first = await interrupted(command(...words, "--force"), () => kept().length > 2);
    expect([first.code, first.stdout]).to.deep.equal([130, ""]);
    expect(first.stderr).to.match(
      /interrupted: the same command without --force goes on where it stopped \(runs\/r keeps what is done\)\n$/,
    );
    const [name] = kept();
    const { mtimeMs } = statSync(scratch(`runs/r/steps/${name}`));
    const second = await shell(command(...words), { cwd: scratch("") });
    expect(second.code, second.stderr).to.equal(0);
    expect(second.stderr).not.to.contain("interrupted");
    expect(statSync(scratch(`runs/r/steps/${name}`)).mtimeMs).to.equal(mtimeMs);
  });

  it("says nothing where there is nothing to go on with, or the work is done", async () => {
    const code = (text: string) =>
      shell(
        `'${process.execPath}' --import '${ROOT}node_modules/tsx/dist/loader.mjs' --input-type=module -e '
          import { whenInterrupted } from "${ROOT}cli/interrupted.ts";
          import { atEnd } from "${ROOT}traces/at-end.ts";
          atEnd(() => {});
          ${text}'`,
      );
    const kill = 'process.kill(process.pid, "SIGINT"); setInterval(() => {}, 1000);';
    const [said, nothing, taken, ended] = await Promise.all([
      code(`whenInterrupted(() => "go on"); ${kill}`),
      code(`whenInterrupted(() => undefined); ${kill}`),
      code(`whenInterrupted(() => "go on")(); ${kill}`),
      code('whenInterrupted(() => "go on"); process.exit(1);'),
    ]);
    expect(said).to.deep.equal({ code: 130, stdout: "", stderr: "go on\n" });
    expect(nothing).to.deep.equal({ code: 130, stdout: "", stderr: "" });
    expect(taken).to.deep.equal({ code: 130, stdout: "", stderr: "" });
    expect(ended).to.deep.equal({ code: 1, stdout: "", stderr: "" });
  });
});
