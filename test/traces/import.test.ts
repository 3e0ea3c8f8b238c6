import { existsSync, unlinkSync, writeFileSync } from "node:fs";
import { gzipSync } from "node:zlib";
import { expect } from "chai";
import { parquetWriteBuffer } from "hyparquet-writer";
import { checkMetadata } from "../../traces/check-metadata.ts";
import { CSV_HEADER, csvLines } from "../../traces/csv.ts";
import { findSidecar } from "../../traces/find-sidecar.ts";
import { DERIVED_NOTE, importTrace } from "../../traces/import.ts";
import { traceMetadata } from "../../traces/metadata.ts";
import { readParquet, writeParquet } from "../../traces/parquet.ts";
import { readSidecar } from "../../traces/sidecar.ts";
import { tableFromRows } from "../../traces/table.ts";
import { plausibleTable } from "./arbitraries.ts";
import { expectSameTable, inputErrorOf, scratchFolder } from "./support.ts";

type Columns = Parameters<typeof parquetWriteBuffer>[0]["columnData"];

const COLLECTED = {
  source: "kernel",
  kernel: "6.1.0",
  machine: "a machine",
  collector: "BCC",
  lost_records: 3,
  chip: "8 CPUs",
  workload: "hackbench",
  migration_cost_ns: 4_000_000,
  rows: 200,
};

describe("importing raw recordings", () => {
  const scratch = scratchFolder();
  const csv = () => scratch("raw.csv.gz");
  const out = () => scratch("raw.parquet");
  const table = plausibleTable(200);
  const write = (sidecar?: object) => {
    writeFileSync(csv(), gzipSync(`${CSV_HEADER}\n${csvLines(table)}`));
    if (sidecar) writeFileSync(scratch("raw.json"), JSON.stringify(sidecar));
  };

  it("takes machine, kernel, tunables and losses from the sidecar beside the CSV", async () => {
    write(COLLECTED);
    const result = await importTrace(csv(), out());
    expect(result).to.include({ rows: 200, derivedReasons: 0, metaPath: scratch("raw.json") });
    const { meta } = await readParquet(out());
    expect(meta).to.deep.equal(
      traceMetadata({
        source: "kernel",
        kernel: "6.1.0",
        chip: "8 CPUs",
        workload: "hackbench",
        tool: "BCC",
        lostRecords: 3,
        tunables: { migration_cost_ns: 4_000_000 },
        notes: { machine: "a machine" },
      }),
    );
    expectSameTable(await readParquet(out()), table, false);
  });

  it("takes this program's own metadata as well", async () => {
    write();
    const meta = traceMetadata({ source: "sim", seed: "7", chip: "x" });
    writeFileSync(scratch("own.json"), JSON.stringify(meta));
    await importTrace(csv(), out(), { metaPath: scratch("own.json") });
    expect((await readParquet(out())).meta).to.deep.equal(meta);
  });

  it("derives reasons that were not recorded, and says so in the metadata", async () => {
    const context = {
      task_throttled: 0,
      task_percpu_kthread: 0,
      task_affine: 1,
      task_running: 0,
      lb_active: 0,
      task_policy: 0,
      task_buddy: 0,
      sd_share_capacity: 0,
      delta: 1e9,
    };
    const bare = tableFromRows([
      { ...context, pid: 1, ts: 1, migration: 1 },
      { ...context, pid: 1, ts: 2, migration: 0 }, // the rule says otherwise
      { pid: 1, ts: 3, migration: 1, delta: 1e9 }, // cold or by active balance: unknown
      { pid: 1, ts: 4, migration: 2 }, // no other reason forces
    ]);
    writeFileSync(scratch("bare.csv"), `${CSV_HEADER}\n${csvLines(bare)}`);
    expect((await importTrace(scratch("bare.csv"), out())).derivedReasons).to.equal(2);
    const derived = await readParquet(out());
    expect(derived.text.reason).to.deep.equal(["cold", "", "", "forced"]);
    expect(derived.meta.notes.reason).to.equal(DERIVED_NOTE);
    await importTrace(scratch("bare.csv"), out(), { keepReasons: true });
    expect((await readParquet(out())).text.reason).to.deep.equal(["", "", "", ""]);
  });

  it("refuses a CSV with fewer rows than its collector counted, leaving no file", async () => {
    write({ ...COLLECTED, rows: 201 });
    const error = await inputErrorOf(() => importTrace(csv(), scratch("short.parquet")));
    expect(error.message).to.match(
      /not those that the collector counted \(field rows\); found 200; expected 201/,
    );
    expect(existsSync(scratch("short.parquet"))).to.equal(false);
  });

  it("refuses metadata that are none, naming the field", async () => {
    const refused = async (content: string) => {
      writeFileSync(scratch("bad.json"), content);
      return (await inputErrorOf(() => readSidecar(scratch("bad.json")))).message;
    };
    expect(await refused("{")).to.match(/bad\.json:1: the metadata file is no JSON/);
    expect(await refused("[1]")).to.match(/no JSON object/);
    expect(await refused('{"source":"dream"}')).to.match(/field source.*"dream".*"sim" or "kernel"/);
    expect(await refused('{"lost_records":-1}')).to.match(/field lostRecords/);
    expect(await refused('{"rows":"many"}')).to.match(/field rows/);
    expect(await refused('{"schemaVersion":1,"tunables":{"x":"y"}}')).to.match(/field tunables\.x/);
    expect((await inputErrorOf(() => readSidecar(scratch("none.json")))).message).to.match(
      /cannot be read.*Check its path/,
    );
    expect((await inputErrorOf(() => checkMetadata(3, "f"))).message).to.match(/a JSON object/);
  });

  it("refuses a known tunable that is none, naming the field", async () => {
    const refused: [object, RegExp][] = [
      [
        { migration_cost_ns: "4000000" },
        /field migration_cost_ns\); found "4000000"; expected a whole number/,
      ],
      [{ migration_cost_ns: null }, /field migration_cost_ns\); found "null"/],
      [
        { migration_cost_ns: -2 },
        /field migration_cost_ns\); found -2; expected a whole number of at least -1/,
      ],
      [{ tunables: { migration_cost_ns: "1" } }, /field tunables\.migration_cost_ns\)/],
      [{ tunables: [4_000_000] }, /field tunables\).*a JSON object/],
      [
        { schemaVersion: 1, tunables: { migration_cost_ns: -5 } },
        /field tunables\.migration_cost_ns\); found -5/,
      ],
    ];
    for (const [content, message] of refused) {
      writeFileSync(scratch("bad.json"), JSON.stringify({ source: "kernel", ...content }));
      expect((await inputErrorOf(() => readSidecar(scratch("bad.json")))).message).to.match(message);
    }
    writeFileSync(scratch("hot.json"), '{"source":"kernel","migration_cost_ns":-1}');
    expect(readSidecar(scratch("hot.json"))).to.deep.include({ warnings: [] });
    expect(readSidecar(scratch("hot.json")).meta.tunables).to.deep.equal({ migration_cost_ns: -1 });
  });

  it("warns of numbers that nothing asks, and of names that are nearly known", async () => {
    write({ ...COLLECTED, sched_migration_cost_ns: "4000000", cpufreq_khz: 1e6, note: "fine" });
    const { warnings } = await importTrace(csv(), out());
    expect(warnings).to.have.length(2);
    expect(warnings.join("\n"))
      .to.match(/cpufreq_khz is kept as a tunable, but nothing asks it/)
      .and.match(/sched_migration_cost_ns is no known tunable, perhaps migration_cost_ns is meant/);
  });

  const wrong: [string, string, string, RegExp][] = [
    ["a migration of 3", "migration", "3", /field migration\); found 3; expected 0 to 2/],
    ["no migration", "migration", "", /value is missing \(field migration\)/],
    ["a pid of -2", "pid", "-2", /field pid\); found -2; expected 1 to/],
    ["no pid", "pid", "", /value is missing \(field pid\)/],
    ["no clock", "ts", "", /value is missing \(field ts\)/],
    ["a clock of -200", "ts", "-200", /field ts\); found -200; expected 0 or more/],
    ["a CPU of -1", "src_cpu", "-1", /field src_cpu\); found -1/],
    ["a flag of 7", "cpu_idle", "7", /field cpu_idle\); found 7; expected a flag, 0 or 1/],
    ["a nice value of 99", "task_nice", "99", /field task_nice\); found 99/],
    ["a reason nobody knows", "reason", "banana", /field reason\); found "banana"; expected throttled, /],
    ["a balance of unknown type", "lb_migration_type", "foo", /field lb_migration_type\); found "foo"/],
  ];
  const columns = [
    "pid",
    "ts",
    "migration",
    "src_cpu",
    "cpu_idle",
    "task_nice",
    "reason",
    "lb_migration_type",
    "comm",
  ];
  for (const [what, field, cell, message] of wrong)
    it(`refuses ${what} with its line, leaving no file`, async () => {
      const sound = ["7", "100", "1", "0", "0", "0", "cold", "migrate_load", "x"];
      const bad = sound.map((value, c) => (columns[c] === field ? cell : value));
      const twoLines = [...sound.slice(0, -1), '"a\nb"'];
      // lines 2, a blank one, 4 and 5, 6, and then the wrong one in line 7
      const text = [columns, sound, [""], twoLines, sound, bad, sound].map((r) => r.join(",")).join("\n");
      writeFileSync(scratch("wrong.csv"), `${text}\n`);
      for (const chunkRows of [1, 2, 100]) {
        const body = () => importTrace(scratch("wrong.csv"), scratch("wrong.parquet"), { chunkRows });
        expect((await inputErrorOf(body)).message)
          .to.match(message)
          .and.match(/wrong\.csv:7: /);
      }
      expect(existsSync(scratch("wrong.parquet"))).to.equal(false);
    });

  const foreign = (more: Columns) => {
    const columnData: Columns = [
      { name: "pid", data: [7, 8], type: "INT32" },
      { name: "ts", data: [1n, 2n], type: "INT64" },
      { name: "migration", data: [2, 1], type: "INT32" },
      { name: "task_nice", data: [0, Number.NaN], type: "DOUBLE" },
      ...more,
    ];
    writeFileSync(scratch("pandas.parquet"), Buffer.from(parquetWriteBuffer({ columnData })));
  };
  const index = { name: "__index_level_0__", data: [0n, 1n], type: "INT64" as const };

  it("takes the Parquet of other programs, with columns passed over by wish", async () => {
    foreign([index]);
    const refused = await inputErrorOf(() => importTrace(scratch("pandas.parquet"), out()));
    expect(refused.message).to.match(
      /unknown column \(field __index_level_0__\).*what to rename or to ignore/,
    );
    const result = await importTrace(scratch("pandas.parquet"), out(), { ignoreUnknown: true });
    expect(result).to.include({ rows: 2, forced: 1, derivedReasons: 1, metaPath: null });
    const { numeric, text, meta } = await readParquet(out());
    expect([[...numeric.pid], [...numeric.task_nice]]).to.deep.equal([
      [7, 8],
      [0, Number.NaN],
    ]);
    expect(text.reason).to.deep.equal(["forced", ""]);
    expect(meta.tool).to.equal("hyparquet");
  });

  it("takes the metadata of Parquet from its sidecar, and checks counts and values", async () => {
    foreign([]);
    const beside = scratch("pandas.json");
    writeFileSync(beside, JSON.stringify({ ...COLLECTED, rows: 2 }));
    expect((await importTrace(scratch("pandas.parquet"), out())).metaPath).to.equal(beside);
    expect((await readParquet(out())).meta).to.include({ kernel: "6.1.0", chip: "8 CPUs", lostRecords: 3 });
    writeFileSync(beside, JSON.stringify(COLLECTED));
    expect((await inputErrorOf(() => importTrace(scratch("pandas.parquet"), out()))).message).to.match(
      /field rows\); found 2; expected 200/,
    );
    unlinkSync(beside);
    foreign([{ name: "cpu_idle", data: [0, 7], type: "INT32" }]);
    expect((await inputErrorOf(() => importTrace(scratch("pandas.parquet"), out()))).message).to.match(
      /pandas\.parquet:2: .*field cpu_idle\); found 7/,
    );
  });

  it("gives back a Parquet trace of its own as it was", async () => {
    const own = { ...table, meta: traceMetadata({ source: "sim", seed: "7", chip: "x" }) };
    writeParquet(scratch("own.parquet"), own);
    const result = await importTrace(scratch("own.parquet"), out());
    expect(result.metaPath).to.equal(scratch("own.parquet"));
    expectSameTable(await readParquet(out()), own);
  });

  it("says which columns are not there", async () => {
    writeFileSync(scratch("few.csv"), "pid,ts,migration\n1,2,0\n");
    const { warnings } = await importTrace(scratch("few.csv"), out());
    expect(warnings.join("\n")).to.match(
      /few\.csv: 37 of 40 columns are not there, and so unknown: task_load_avg, .*, comm/,
    );
  });

  it("takes no other JSON file of that name for a sidecar", () => {
    writeFileSync(scratch("app.csv"), "");
    writeFileSync(scratch("app.json"), '{"tasks":{},"global":{}}');
    expect(findSidecar(scratch("app.csv"))).to.equal(undefined);
    writeFileSync(scratch("app.json"), "not JSON");
    expect(findSidecar(scratch("app.csv"))).to.equal(undefined);
    expect(findSidecar(scratch("nothing.csv"))).to.equal(undefined);
  });

  it("names the fault of a sidecar with a slip, instead of taking it for another file", async () => {
    writeFileSync(scratch("slip.csv"), "pid,ts,migration\n1,2,0\n");
    writeFileSync(scratch("slip.json"), '{\n  "kernel": "6.1",\n  "migration_cost_ns": 4000000,\n}\n');
    expect((await inputErrorOf(() => importTrace(scratch("slip.csv"), out()))).message).to.match(
      /slip\.json:4: the metadata file is no JSON/,
    );
  });

  it("says to leave a row out where its column may not be empty, and the cell elsewhere", async () => {
    writeFileSync(scratch("hint.csv"), "pid,ts,migration\n1,2,3\n");
    expect(
      (await inputErrorOf(() => importTrace(scratch("hint.csv"), scratch("x.parquet")))).message,
    ).to.match(/leave the row out/);
    writeFileSync(scratch("hint.csv"), "pid,ts,migration,cpu_idle\n1,2,0,-5\n");
    expect(
      (await inputErrorOf(() => importTrace(scratch("hint.csv"), scratch("x.parquet")))).message,
    ).to.match(/leave it empty/);
  });
});
