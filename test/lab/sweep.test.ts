import { copyFileSync, mkdirSync, readFileSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DuckDBInstance } from "@duckdb/node-api";
import { expect } from "chai";
import fc from "fast-check";
import { openSide, pairUp } from "../../lab/compare/pairs.ts";
import { simulateFile } from "../../lab/simulate-file.ts";
import { checkFiles } from "../../lab/sweep/check-files.ts";
import { journalName } from "../../lab/sweep/journal.ts";
import { mergeSweep } from "../../lab/sweep/merge.ts";
import { METRICS } from "../../lab/sweep/metrics.ts";
import { cellOf, cellsOf, readPlan, type SweepPlan, simulationsOf } from "../../lab/sweep/plan.ts";
import { readResults } from "../../lab/sweep/results-file.ts";
import { keepPlan, runSweep } from "../../lab/sweep/run.ts";
import { WorkerPool } from "../../model/worker-pool.ts";
import { InputError, RequestError } from "../../traces/input-error.ts";
import { scratchFolder } from "../traces/support.ts";

const PLAN: SweepPlan = {
  about: "a test",
  durationNs: 20_000_000,
  seeds: ["1", "2", "x"],
  dimensions: { workload: ["numeric", "hackbench"], niceTries: ["0", "2"], "tunables.nrMigrate": ["8"] },
};

describe("plans of sweeps", () => {
  const read = (value: unknown) =>
    readPlan(typeof value === "string" ? value : JSON.stringify(value), "p.json");

  it("are all combinations of their values, the last one varying fastest", () => {
    const dimensions = fc.dictionary(
      fc.stringMatching(/^[a-z]{1,5}$/),
      fc.uniqueArray(fc.stringMatching(/^\w{1,3}$/), { minLength: 1, maxLength: 4 }),
      { minKeys: 1, maxKeys: 4 },
    );
    fc.assert(
      fc.property(dimensions, (values) => {
        const plan = { about: "", seeds: ["1"], dimensions: values };
        let naive: Record<string, string>[] = [{}];
        for (const [name, among] of Object.entries(values))
          naive = naive.flatMap((cell) => among.map((value) => ({ ...cell, [name]: value })));
        expect(cellsOf(plan)).to.equal(naive.length);
        expect(naive.map((_, i) => cellOf(plan, i))).to.deep.equal(naive);
      }),
    );
  });

  it("are read from JSON: single values and lists, numbers and texts", () => {
    const plan = read({
      seeds: 2,
      duration: "50ms",
      simulate: { workload: "numeric", niceTries: [0, "MC=3"], autogroup: true },
    });
    expect(plan.dimensions).to.deep.equal({
      workload: ["numeric"],
      niceTries: ["0", "MC=3"],
      autogroup: ["true"],
    });
    expect(plan.seeds).to.deep.equal(["1", "2"]);
    expect(plan.durationNs).to.equal(50_000_000);
    expect(simulationsOf(plan)).to.equal(4);
    expect(read({ simulate: { workload: "numeric" } }).seeds).to.have.length(10);
  });

  it("are refused with file and field where something is wrong", () => {
    const wrong: [unknown, RegExp][] = [
      ["{", /p\.json:1: not JSON/],
      [[], /p\.json/],
      [{}, /p\.json.*simulate/],
      ['{"seeds": 1, "seeds": 2, "simulate": {"workload": "numeric"}}', /p\.json:1.*twice.*seeds/],
      [
        '{"simulate": {"workload": "numeric",\n"off": "smt", "off": "ipi"}}',
        /p\.json:2.*twice.*simulate\.off/,
      ],
      ['{"simulate": {"workload": "numeric",\n"nicetries":\n1}}', /p\.json:2.*niceTries/],
      ['{"simulate": {"workload": "numeric",\n"niceTries":\n"x"}}', /p\.json:2.*niceTries/],
      ['{"simulate":\n{"workload": "numeric",\n"niceTries": [0, {}]}}', /p\.json:3.*niceTries/],
      ['{"simulate": {"workload": "numeric"},\n"seeds": 0}', /p\.json:2.*seeds/],
      [{ simulate: {} }, /p\.json.*workload/],
      [{ simulate: { workload: [] } }, /p\.json.*simulate\.workload/],
      [{ simulate: { workload: "nummeric" } }, /p\.json.*numeric/],
      [{ simulate: { workload: "numeric", nicetries: 1 } }, /niceTries/],
      [{ simulate: { workload: "numeric", "tunables.nrmigrate": 1 } }, /nrMigrate/],
      [{ simulate: { workload: "numeric", niceTries: "x" } }, /niceTries/],
      [{ simulate: { workload: "numeric", off: "smtt" } }, /off.*smt/],
      [{ simulate: { workload: "numeric", policy: ["cfs", "cfss"] } }, /policy.*cfs/],
      [{ simulate: { workload: "numeric", policy: "nest?smax=0" } }, /policy.*sMax/],
      [{ simulate: { workload: "numeric", policy: "adapt:m.nt?windw=9" } }, /policy.*window/],
      [{ simulate: { workload: "numeric", chip: "4x4" } }, /chip/],
      [{ simulate: { workload: "numeric", "hardware.frequency": [0, 1] } }, /chip.*i5-1035g1.*xeon-6130/],
      [{ simulate: { workload: "numeric" }, seeds: 0 }, /seeds/],
      [{ simulate: { workload: "numeric" }, seeds: [1, 1] }, /seeds/],
      [{ simulate: { workload: "numeric" }, duration: "soon" }, /duration/],
      [{ simulate: { workload: "numeric" }, sed: 1 }, /sed/],
      [{ simulate: { workload: ["numeric", "numeric"] } }, /twice/],
      [{ simulate: { workload: "numeric", niceTries: [1, "1"] } }, /twice/],
      [{ simulate: { workload: "numeric", groups: ["", "x.json"] } }, /empty/],
      [{ simulate: { workload: "numeric", migrationCost: ["500us", 1, "0.5ms"] } }, /same as 500us.*0\.5ms/],
      ['{"simulate": {\n"workload": ["numeric", "no.json"]}}', /p\.json:2.*workload.*not there.*no\.json/],
      [
        { simulate: { workload: "numeric", policy: ["cfs", "model:no.nt"] } },
        /policy.*not there.*model:no\.nt/,
      ],
      [{ simulate: { workload: "numeric", background: ["on", 1e-9] } }, /background.*0\.001/],
      [{ simulate: { workload: [] } }, /a list of one or more/],
      [
        {
          simulate: {
            workload: "numeric",
            "tunables.nrMigrate": Array.from({ length: 2000 }, (_, i) => i + 1),
          },
          seeds: 1000,
        },
        /2000000 simulations/,
      ],
    ];
    for (const [plan, message] of wrong)
      expect(() => read(plan), JSON.stringify(plan).slice(0, 80)).to.throw(InputError, message);
  });
});

describe("sweeps", () => {
  const scratch = scratchFolder();
  let whole: Buffer;
  before(async () => {
    await runSweep(PLAN, { out: scratch("whole"), workers: 2 });
    whole = readFileSync(scratch("whole/results.parquet"));
  });

  it("hold what single simulations come to", async () => {
    const { rows } = await readResults(scratch("whole/results.parquet"));
    expect(rows).to.have.length(simulationsOf(PLAN));
    for (const row of [rows[0], rows[4], rows.at(-1)!]) {
      const { workload, niceTries } = row.cell;
      const tries = Number(niceTries);
      const cacheNiceTries = { CLS: tries, MC: tries, DIE: tries, NODE: tries, NUMA: tries };
      const options = {
        seed: row.seed,
        durationNs: PLAN.durationNs,
        tunables: { cacheNiceTries, nrMigrate: 8 },
      };
      const { result, traceSha256 } = await simulateFile(workload, options);
      expect(row.traceSha256).to.equal(traceSha256);
      for (const [name, { of }] of Object.entries(METRICS))
        expect(row.metrics[name], name).to.equal(of(result));
    }
  });

  it("give the same bytes in parts and with one worker", async () => {
    for (const index of [3, 1, 2]) {
      const done = await runSweep(PLAN, { out: scratch("parts"), shard: { index, of: 3 }, workers: 1 });
      expect(done.results).to.equal(null);
      if (index === 1)
        expect(() => mergeSweep([scratch("parts")])).to.throw(/not complete.*4 of 12.*number 1, 4/);
    }
    mergeSweep([scratch("parts")]);
    expect(readFileSync(scratch("parts/results.parquet")).equals(whole)).to.equal(true);
  });

  it("take parts from several folders, and refuse those of another plan", async () => {
    for (const index of [1, 2])
      await runSweep(PLAN, { out: scratch(`machine-${index}`), shard: { index, of: 2 }, workers: 1 });
    mergeSweep([scratch("machine-1"), scratch("machine-2")]);
    expect(readFileSync(scratch("machine-1/results.parquet")).equals(whole)).to.equal(true);
    const other = { ...PLAN, seeds: ["1", "2", "y"] };
    await runSweep(other, { out: scratch("other"), shard: { index: 2, of: 2 }, workers: 1 });
    expect(() => mergeSweep([scratch("machine-1"), scratch("other")])).to.throw(InputError, /another plan/);
    const again = await runSweep(other, { out: scratch("whole") }).catch((error) => error);
    expect(again).to.be.instanceOf(InputError);
  });

  it("go on after a kill that has torn a line", async () => {
    mkdirSync(scratch("torn"));
    const journal = journalName({ index: 1, of: 1 });
    copyFileSync(scratch(`whole/${journal}`), scratch(`torn/${journal}`));
    truncateSync(scratch(`torn/${journal}`), readFileSync(scratch(`torn/${journal}`)).length - 100);
    const done = await runSweep(PLAN, { out: scratch("torn"), workers: 1 });
    expect(done.before).to.equal(11);
    expect(readFileSync(scratch("torn/results.parquet")).equals(whole)).to.equal(true);
  });

  it("name a journal's damaged line", async () => {
    mkdirSync(scratch("damaged"));
    const name = journalName({ index: 1, of: 1 });
    const lines = readFileSync(scratch(`whole/${name}`), "utf8").split("\n");
    lines[3] = lines[3].slice(5);
    writeFileSync(scratch(`damaged/${name}`), lines.join("\n"));
    const error = await runSweep(PLAN, { out: scratch("damaged") }).catch((e) => e);
    expect(error).to.be.instanceOf(InputError);
    expect(error.message).to.match(/shard-1-of-1\.jsonl:4: a line is damaged/);
  });

  it("end with the error of a simulation that cannot be", async () => {
    const dimensions = { workload: [scratch("nothing.json")] };
    const error = await runSweep({ ...PLAN, dimensions }, { out: scratch("failed"), workers: 1 }).catch(
      (e) => e,
    );
    expect(error.message).to.match(/not there.*nothing\.json/);
  });

  it("may be over chips that are folders", () => {
    const dimensions = { workload: ["numeric"], chip: ["/sys/devices/system/cpu", "8x1"] };
    const { hash } = keepPlan({ ...PLAN, dimensions }, scratch("chips"));
    expect(keepPlan({ ...PLAN, dimensions }, scratch("chips")).hash).to.equal(hash);
  });

  it("have errors of the system told as errors of the system, from whatever thread", async () => {
    const pool = new WorkerPool(new URL("../../lab/sweep/job.ts", import.meta.url), 1);
    const job = { index: 0, cell: { workload: "numeric", groups: "no.json" }, seed: "1", durationNs: 1e6 };
    const error = await pool.run("simulateCell", job).catch((e) => e);
    await pool.close();
    expect(error).to.include({ code: "ENOENT", path: "no.json" });
  });

  it("open what the plan names before anything is simulated, and load users' policies", async () => {
    const broken = scratch("broken.json");
    writeFileSync(broken, "{");
    const policy = scratch("thrower.mjs");
    writeFileSync(policy, "\nthrow new Error('at once');\n");
    for (const [dimensions, message] of [
      [{ workload: ["numeric", broken] }, /broken\.json:1/],
      [{ workload: ["numeric"], chip: ["8x1", broken] }, /broken\.json/],
      [{ workload: ["numeric"], groups: [broken] }, /broken\.json:1/],
      [{ workload: ["numeric"], policy: ["cfs", policy] }, /thrower\.mjs:2.*at once/],
    ] as const) {
      const error = await checkFiles({ ...PLAN, dimensions }).catch((e) => e);
      expect(error).to.be.instanceOf(InputError);
      expect(error.message).to.match(message);
    }
    await checkFiles(PLAN);
  });

  it("end with which simulation a policy failed in, and how many are kept", async () => {
    const policy = scratch("nine.mjs");
    writeFileSync(
      policy,
      "export default ({ tunables }) => ({ place(q) {\n if (tunables.nrMigrate === 9) throw new Error('nine');\n return q.cpus[0].cpu; } });\n",
    );
    const dimensions = { workload: ["numeric"], policy: [policy], "tunables.nrMigrate": ["8", "9"] };
    const plan = { ...PLAN, seeds: ["y", "x"], dimensions };
    const jobs: object[] = [];
    const run = () =>
      runSweep(plan, { out: scratch("nine"), workers: 1, onFailure: (job) => jobs.push(job) });
    for (let i = 0; i < 2; i++) {
      const error = await run().catch((e) => e);
      expect(error).to.be.instanceOf(InputError);
      expect(error.message)
        .to.match(/nine\.mjs:2: the policy's place\(\) failed at 0\.000000 s: Error: nine; /)
        .and.contain(
          `; in the simulation with workload=numeric policy=${policy} tunables.nrMigrate=9 and seed y; 2 of 4 are kept. `,
        );
    }
    const [job, again, ...more] = jobs;
    expect(more).to.deep.equal([]);
    expect(again).to.deep.equal(job);
    expect(job).to.deep.equal({
      index: 2,
      cell: { workload: "numeric", policy, "tunables.nrMigrate": "9" },
      seed: "y",
      durationNs: PLAN.durationNs,
    });
  });

  it("are read by DuckDB", async () => {
    const connection = await (await DuckDBInstance.create()).connect();
    const path = scratch("whole/results.parquet");
    const answer = await connection.runAndReadAll(
      `select workload, niceTries, count(*) n, avg(throughput) t from '${path}' group by all order by all`,
    );
    const rows = answer.getRowsJS();
    expect(rows).to.have.length(4);
    const { rows: ours } = await readResults(path);
    const own = ours.filter(({ cell }) => cell.workload === "hackbench" && cell.niceTries === "0");
    expect(Number(rows[0][2])).to.equal(3);
    expect(rows[0][3]).to.be.closeTo(own.reduce((sum, { metrics }) => sum + metrics.throughput, 0) / 3, 1e-6);
  });

  it("are paired by seed and all that varies", async () => {
    const side = (query: string) => openSide(`${scratch("whole")}${query}`, "<a>");
    const { pairs, alone } = pairUp(await side("?niceTries=0"), await side("?niceTries=2"));
    expect(pairs).to.have.length(6);
    expect(alone).to.equal(0);
    for (const { a, b, seed, stratum } of pairs) {
      expect([a.cell.niceTries, b.cell.niceTries]).to.deep.equal(["0", "2"]);
      expect([a.seed, b.seed]).to.deep.equal([seed, seed]);
      expect(stratum).to.equal(`workload=${a.cell.workload} tunables.nrMigrate=8`);
      expect(a.cell.workload).to.equal(b.cell.workload);
    }
    const same = await side("");
    expect(pairUp(same, same).pairs).to.have.length(12);
    const wrong: [string, RegExp][] = [
      ["?nicetries=0", /niceTries/],
      ["?niceTries=7", /0, 2/],
      ["?niceTries", /0, 2/],
    ];
    for (const [query, message] of wrong) {
      const error = await side(query).catch((e) => e);
      expect(error, query).to.be.instanceOf(RequestError);
      expect(error.message).to.match(message);
    }
    const one = await side("?niceTries=0");
    expect(() => pairUp(one, same)).to.throw(RequestError, /<b> does not say which niceTries/);
    const noSweep = await openSide(join(scratch("whole"), "plan.json"), "<a>").catch((e) => e);
    expect(noSweep).to.be.instanceOf(InputError);
  });

  it("are chosen by a policy with several parameters, which stand behind the sign that parts choices", async () => {
    const policies = ["staleness", "staleness?stale=0", "staleness?stale=0&heavy=0"];
    const dimensions = { workload: ["numeric", "convolution"], policy: policies };
    await runSweep({ ...PLAN, dimensions }, { out: scratch("policies"), workers: 1 });
    for (const policy of policies)
      for (const query of [
        `policy=${policy}`,
        `policy=${policy}&workload=numeric`,
        `workload=numeric&policy=${policy}`,
      ]) {
        const { fixed, rows } = await openSide(`${scratch("policies")}?${query}`, "<a>");
        expect(fixed.policy, query).to.equal(policy);
        expect(rows.length).to.equal(query.includes("workload") ? 3 : 6);
      }
    const error = await openSide(`${scratch("policies")}?policy=staleness&stale=0`, "<a>").catch((e) => e);
    expect(error).to.be.instanceOf(RequestError);
  });
});
