import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { type AddressInfo, createServer } from "node:net";
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

describe("nicetries sweep", () => {
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

  it("has results that no page of a comparison replaces", async () => {
    const before = bytes("whole");
    const sides = ["cfs", "never-hot"].map((policy) => `${scratch("whole")}?policy=${policy}`);
    const { code, stderr } = await shell(
      command("compare", ...sides, "--page", scratch("whole", "results.parquet")),
    );
    expect(code).to.equal(2);
    expect(stderr).to.contain("--page would replace");
    expect(bytes("whole").equals(before)).to.equal(true);
  });

  it("says how the simulation that failed is made by itself, and that fails in the same way", async () => {
    const policy = scratch("bad.mjs");
    writeFileSync(policy, "export default () => ({ place() {\n throw new Error('bad'); } });\n");
    const vary = [
      "workload=numeric",
      `policy=${policy}`,
      "niceTries=MC=3",
      "migrationCost=-1",
      "tunables.nrMigrate=9",
    ];
    const words = vary.flatMap((each) => ["--vary", each]);
    const options = ["--seeds", "1", "--duration", "10ms", "--out", scratch("bad")];
    const { code, stderr } = await shell(command("sweep", ...words, ...options));
    expect(code).to.equal(1);
    expect(stderr).to.match(/bad\.mjs:2: the policy's place\(\) failed .* and seed 1; 0 of 1 are kept\. /);
    const line = `simulate numeric --policy ${policy} --nice-tries MC=3 --migration-cost=-1 --tunable nrMigrate=9 --seed 1 --duration 10ms`;
    expect(stderr).to.contain(`a simulation failed; by itself it is nicetries ${line}\n`);
    const again = await shell(command(...line.split(" ")));
    expect(again.code).to.equal(1);
    expect(again.stderr).to.match(/bad\.mjs:2: the policy's place\(\) failed at 0\.000000 s: Error: bad/);
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

  it("gives other programs the plan with what options change in it, or one made of options alone", async function () {
    if (!has("parallel")) this.skip();
    const changed = ["--seeds", "2", "--vary", "niceTries=0,1", "--duration", "10ms"];
    const plans: [string, string[]][] = [
      ["changed", [scratch("plan.json"), ...changed]],
      ["optional", ["--vary", "workload=numeric", ...changed]],
    ];
    for (const [name, words] of plans) {
      const to = ["--to", "parallel", "--shards", "2"];
      const { stdout } = await shell(command("sweep", ...words, ...to, "--out", scratch(name)));
      expect((await shell(stdout)).code).to.equal(0);
      expect((await shell(command("sweep", "merge", scratch(name)))).code).to.equal(0);
      expect((await shell(command("sweep", ...words, "--out", scratch(`${name}-alone`)))).code).to.equal(0);
      expect(bytes(name).equals(bytes(`${name}-alone`))).to.equal(true);
    }
  });

  it("blames the option for what a plan cannot vary", async () => {
    const { code, stderr } = await shell(
      command("sweep", scratch("plan.json"), "--vary", "bogus=1", "--out", scratch("bogus")),
    );
    expect(code).to.equal(2);
    expect(stderr).to.match(/^nicetries: --vary needs .*niceTries.*, found "bogus"/);
    expect(existsSync(scratch("bogus"))).to.equal(false);
  });

  it("puts parts together by options of its own alone", async () => {
    const { code, stderr } = await shell(command("sweep", "merge", scratch("whole"), "--out", scratch("m")));
    expect(code).to.equal(2);
    expect(stderr).to.contain("unknown option '--out'");
  });

  it("has its parts run by Slurm, one of which is killed and queued again", async function () {
    if (process.getuid?.() !== 0 || !["slurmctld", "slurmd", "sbatch", "munged"].every(has)) this.skip();
    const stop = startSlurm(scratch("slurm"), await freePorts(2));
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

/** Ports that nobody listens at: a cluster that a killed test has left behind keeps those of its own. */
async function freePorts(count: number): Promise<number[]> {
  const servers = Array.from({ length: count }, () => createServer().listen(0, "127.0.0.1"));
  await Promise.all(servers.map((server) => once(server, "listening")));
  const ports = servers.map((server) => (server.address() as AddressInfo).port);
  await Promise.all(servers.map((server) => once(server.close(), "close")));
  return ports;
}

/** A cluster of this machine alone. @returns what ends it */
function startSlurm(folder: string, [slurmctldPort, slurmdPort]: number[]): () => void {
  mkdirSync(join(folder, "spool"), { recursive: true });
  const host = hostname().split(".")[0];
  const conf = join(folder, "slurm.conf");
  writeFileSync(
    conf,
    `ClusterName=test
SlurmctldHost=${host}(127.0.0.1)
SlurmctldPort=${slurmctldPort}
SlurmdPort=${slurmdPort}
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
