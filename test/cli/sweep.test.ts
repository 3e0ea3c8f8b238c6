import { execFileSync, spawn } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { expect } from "chai";
import { scratchFolder } from "../traces/support.ts";
import { command, ROOT, shell } from "./run-process.ts";

const PLAN = {
  seeds: 6,
  duration: "40ms",
  simulate: { workload: ["numeric", "hackbench"], policy: ["cfs", "never-hot"] },
};
const has = (program: string) => ["/usr/bin/", "/usr/sbin/"].some((folder) => existsSync(folder + program));

describe("nicetries sweep", function () {
  this.timeout(300_000);
  const scratch = scratchFolder();
  const bytes = (folder: string) => readFileSync(scratch(folder, "results.parquet"));
  const sweep = (...words: string[]) => shell(command("sweep", scratch("plan.json"), ...words));
  before(async () => {
    writeFileSync(scratch("plan.json"), JSON.stringify(PLAN));
    const { code, stderr } = await sweep("--out", scratch("whole"));
    expect(code, stderr).to.equal(0);
  });

  it("goes on after kill -9, and ends with the same bytes", async () => {
    const journal = scratch("killed", "shard-1-of-1.jsonl");
    const words = [
      "--import",
      "tsx",
      "cli/main.ts",
      "sweep",
      scratch("plan.json"),
      "--out",
      scratch("killed"),
    ];
    const child = spawn(process.execPath, words, { cwd: ROOT, stdio: "ignore" });
    const ended = new Promise((resolve) => child.once("exit", resolve));
    const lines = () => (existsSync(journal) ? readFileSync(journal, "utf8").split("\n").length - 2 : 0);
    while (lines() < 3 && child.exitCode === null) await sleep(20);
    child.kill("SIGKILL");
    await ended;
    expect(lines()).to.be.within(3, 23);
    const { code, stdout } = await sweep("--out", scratch("killed"), "--json");
    expect(code).to.equal(0);
    expect(JSON.parse(stdout).before).to.be.within(3, 23);
    expect(bytes("killed").equals(bytes("whole"))).to.equal(true);
  });

  it("has its parts run by GNU parallel", async function () {
    if (!has("parallel")) this.skip();
    const { stdout } = await sweep(
      "--to",
      "parallel",
      "--shards",
      "3",
      "--limit",
      "2",
      "--out",
      scratch("parallel"),
    );
    const { code, stderr } = await shell(stdout);
    expect(code, stderr).to.equal(0);
    expect((await shell(command("sweep", "merge", scratch("parallel")))).code).to.equal(0);
    expect(bytes("parallel").equals(bytes("whole"))).to.equal(true);
  });

  it("has its parts run by Slurm, one of which is killed and queued again", async function () {
    if (process.getuid?.() !== 0 || !["slurmctld", "slurmd", "sbatch", "munged"].every(has)) this.skip();
    const stop = startSlurm(scratch("slurm"));
    const slurm = { ...process.env, SLURM_CONF: scratch("slurm", "slurm.conf") };
    const run = (program: string, ...words: string[]) =>
      execFileSync(program, words, { env: slurm, encoding: "utf8" }).trim();
    try {
      const { stdout } = await sweep(
        "--to",
        "slurm",
        "--shards",
        "3",
        "--limit",
        "2",
        "--out",
        scratch("cluster"),
      );
      writeFileSync(scratch("sweep.sbatch"), stdout);
      mkdirSync(scratch("cluster"));
      await until("a node is there", () => run("sinfo", "--noheader", "--format=%T") === "idle");
      const job = run("sbatch", "--parsable", scratch("sweep.sbatch"));
      const journal = scratch("cluster", "shard-1-of-3.jsonl");
      await until(
        "part 1 has begun",
        () => existsSync(journal) && readFileSync(journal, "utf8").split("\n").length > 2,
      );
      run("scontrol", "requeue", `${job}_1`);
      await until("all parts are done", () => run("squeue", "--noheader") === "");
      expect(readFileSync(scratch("cluster", "slurm-1.txt"), "utf8")).to.match(/done before/);
      const merged = await shell(command("sweep", "merge", scratch("cluster")));
      expect(merged.code, merged.stderr).to.equal(0);
      expect(bytes("cluster").equals(bytes("whole"))).to.equal(true);
    } finally {
      stop();
    }
  });
});

async function until(what: string, holds: () => boolean): Promise<void> {
  const end = Date.now() + 200_000;
  while (!holds()) {
    if (Date.now() > end) throw new Error(`${what}: not within 200 s`);
    await sleep(300);
  }
}

/** A cluster of this machine alone. @returns what ends it */
function startSlurm(folder: string): () => void {
  mkdirSync(join(folder, "spool"), { recursive: true });
  const host = hostname().split(".")[0];
  const conf = join(folder, "slurm.conf");
  writeFileSync(
    conf,
    `ClusterName=test
SlurmctldHost=${host}(127.0.0.1)
AuthType=auth/munge
AuthInfo=cred_expire=5
SlurmUser=root
SlurmdUser=root
StateSaveLocation=${folder}/state
SlurmdSpoolDir=${folder}/spool
SlurmctldPidFile=${folder}/slurmctld.pid
SlurmdPidFile=${folder}/slurmd.pid
SlurmctldLogFile=${folder}/slurmctld.log
SlurmdLogFile=${folder}/slurmd.log
ProctrackType=proctrack/pgid
TaskPlugin=task/none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
MpiDefault=none
SwitchType=switch/none
ReturnToService=2
KillWait=2
NodeName=${host} NodeAddr=127.0.0.1 CPUs=2 State=UNKNOWN
PartitionName=p Nodes=${host} Default=YES MaxTime=INFINITE State=UP
`,
  );
  const env = { ...process.env, SLURM_CONF: conf };
  mkdirSync("/run/munge", { recursive: true });
  execFileSync("chown", ["munge:munge", "/etc/munge/munge.key", "/run/munge"]);
  execFileSync("runuser", ["-u", "munge", "--", "/usr/sbin/munged", "--force"]);
  execFileSync("slurmctld", ["-f", conf], { env });
  execFileSync("slurmd", ["-f", conf], { env });
  return () => {
    for (const name of ["slurmd", "slurmctld"]) {
      const file = join(folder, `${name}.pid`);
      if (!existsSync(file)) continue;
      const pid = readFileSync(file, "utf8").trim();
      execFileSync("sh", ["-c", `kill ${pid}; while kill -0 ${pid} 2>/dev/null; do sleep 0.1; done`]);
    }
    execFileSync("sh", ["-c", "pkill munged || true"]);
  };
}
