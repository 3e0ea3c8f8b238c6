import { mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { expect } from "chai";
import { readParquet } from "../../traces/parquet.ts";
import { scratchFolder } from "../traces/support.ts";
import { command, ROOT, shell } from "./run-process.ts";

const RECORDING = `${ROOT}examples/recording.ftrace`;

describe("a recording on standard input", () => {
  const scratch = scratchFolder();
  const temporary = () => scratch("tmp");
  /** With temporary files in a folder of their own. */
  const sh = (line: string) => {
    mkdirSync(temporary(), { recursive: true });
    return shell(`export TMPDIR='${temporary()}'; ${line}`, { cwd: scratch("") });
  };
  afterEach(() => {
    const left = readdirSync(temporary()).filter((name) => name.startsWith("nicetries-"));
    expect(left, "nothing stays behind").to.deep.equal([]);
  });

  it("is replayed as from its file, packed or not, and called what it is", async () => {
    const { wallSeconds: _, ...file } = JSON.parse(
      (await sh(`${command("simulate", RECORDING, "--json")}`)).stdout,
    );
    for (const pack of ["cat", "gzip -c"]) {
      const { code, stdout, stderr } = await sh(
        `${pack} '${RECORDING}' | ${command("simulate", "-", "--json", "--out", "x.parquet")}`,
      );
      expect(code, stderr).to.equal(0);
      const { wallSeconds: _, made, ...piped } = JSON.parse(stdout);
      expect(piped.traceSha256).to.equal(file.traceSha256);
      expect(piped.recording).to.deep.equal(file.recording);
      expect(stdout + stderr).not.to.contain("nicetries-stdin");
      const { meta } = await readParquet(scratch("x.parquet"));
      expect(meta.workload).to.equal("standard input");
      expect(JSON.stringify(meta)).not.to.contain("nicetries-stdin");
    }
  });

  it("has its tasks listed, and is made an rt-app file of", async () => {
    const { code, stdout } = await sh(`cat '${RECORDING}' | ${command("workload", "-")}`);
    expect(code).to.equal(0);
    expect(stdout).to.match(/^standard input: ftrace, 0\.029 s on 8 CPUs\n/);
    const made = await sh(
      `cat '${RECORDING}' | ${command("workload", "-", "--to", "rt-app", "--out", "mine.json")} && ${command("simulate", "mine.json", "--json")}`,
    );
    expect(made.code, made.stderr).to.equal(0);
  });

  it("is judged as from its file", async () => {
    const judged = async (line: string) => {
      const { code, stdout, stderr } = await sh(line);
      expect(code, stderr).to.equal(0);
      return JSON.parse(stdout);
    };
    const words = ["--seeds", "1", "--json"];
    const piped = await judged(`cat '${RECORDING}' | ${command("fidelity", "-", ...words)}`);
    const file = await judged(command("fidelity", RECORDING, ...words));
    expect(piped).to.deep.equal({ ...file, recordings: ["standard input"] });
  });

  it("may be an rt-app file as well", async () => {
    const { code, stdout } = await sh(
      `cat '${ROOT}examples/app.json' | ${command("simulate", "-", "--duration", "50ms")}`,
    );
    expect(code).to.equal(0);
    expect(stdout).to.match(/^standard input on /);
  });

  it("that is none is refused by that name, with commands for a file", async () => {
    writeFileSync(scratch("perf.data"), "PERFILE2 and so on");
    for (const name of ["simulate", "workload", "fidelity"]) {
      const { code, stderr } = await sh(`cat perf.data | ${command(name, "-")}`);
      expect(code, name).to.equal(1);
      expect(stderr).to.match(
        /^nicetries: standard input: is no recording that can be read; .* perf sched script --ns -i FILE > FILE\.txt\n$/,
      );
      const empty = await sh(`${command(name, "-")} < /dev/null`);
      expect(empty.code, name).to.equal(1);
      expect(empty.stderr).to.match(/^nicetries: standard input:/);
    }
  });

  it("is taken once, and nothing of it stays when the command is stopped while it comes", async () => {
    const twice = await sh(`${command("fidelity", "-", "-")} < '${RECORDING}'`);
    expect([twice.code, twice.stderr]).to.deep.equal([
      2,
      "nicetries: <workload> needs standard input only once\n",
    ]);
    // who writes stops the reader in the middle
    const line = `(head -c 1000 '${RECORDING}'; while ! ls -d tmp/nicetries-stdin-* 2>&-; do sleep 0.1; done; sleep 0.3; kill -TERM $(cat pid); sleep 1) | sh -c 'echo $$ > pid; exec "$@"' sh ${command("workload", "-")}`;
    expect((await sh(line)).code).to.equal(143);
  });
});
