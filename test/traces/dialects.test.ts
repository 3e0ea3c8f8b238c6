import { writeFileSync } from "node:fs";
import { expect } from "chai";
import fc from "fast-check";
import { parquetWriteBuffer } from "hyparquet-writer";
import { infoText } from "../../cli/trace/info-text.ts";
import { delimiterFrom, sniffDelimiter } from "../../traces/csv/delimiter.ts";
import { readCsv, writeCsv } from "../../traces/csv.ts";
import { importTrace } from "../../traces/import.ts";
import { readParquet } from "../../traces/parquet.ts";
import { PRESETS } from "../../traces/presets.ts";
import { readTrace } from "../../traces/read-trace.ts";
import { ALL_COLUMNS } from "../../traces/schema.ts";
import { summarizeTrace } from "../../traces/summarize.ts";
import * as arbitrary from "./arbitraries.ts";
import { expectSameTable, inputErrorOf, scratchFolder } from "./support.ts";

describe("CSV of other programs", () => {
  const scratch = scratchFolder();
  const path = () => scratch("t.csv");
  const read = (text: string, options = {}) => {
    writeFileSync(path(), text);
    return readCsv(path(), undefined, options);
  };

  for (const [name, delimiter] of [
    ["semicolons", ";"],
    ["tabs", "\t"],
    ["bars", "|"],
  ])
    it(`separated by ${name} means the same as with commas`, async () => {
      await fc.assert(
        fc.asyncProperty(arbitrary.table, async (table) => {
          await writeCsv(path(), [table]);
          const cells = (await import("node:fs")).readFileSync(path(), "utf8").split(/("(?:[^"]|"")*")/);
          const text = cells
            .map((part, i) =>
              i % 2 === 1 ? part : part.replaceAll(delimiter, "?").replaceAll(",", delimiter),
            )
            .join("");
          const plain = {
            ...table,
            text: Object.fromEntries(
              Object.entries(table.text).map(([column, texts]) => [
                column,
                texts.map((t) => (/[",\r\n]/.test(t) ? t : t.replaceAll(delimiter, "?"))),
              ]),
            ) as typeof table.text,
          };
          expectSameTable(await read(text), plain, false);
        }),
        { numRuns: 40 },
      );
    });

  it("may say what separates its cells, and has one answer for each line", async () => {
    expect([...(await read("pid ts migration\n1 2 0\n", { delimiter: " " })).numeric.ts]).to.deep.equal([2]);
    expect((await read('pid;ts;migration;comm\n1;2;0;"a;b"\n2;3;1;a,b\n')).text.comm).to.deep.equal([
      "a;b",
      "a,b",
    ]);
    expect(delimiterFrom("tab")).to.equal("\t");
    expect(delimiterFrom("\\t")).to.equal("\t");
    expect(delimiterFrom(";")).to.equal(";");
    for (const wrong of ["", "ab", "a", "1", '"', "-", "é"])
      expect(delimiterFrom(wrong), wrong).to.equal(undefined);
    expect(sniffDelimiter('"a,b,c,d";x;y')).to.equal(";");
  });

  it("is told what to do where no separator is found", async () => {
    expect((await inputErrorOf(() => read("pid ts migration\n1 2 0\n"))).message).to.match(
      /:1: the column names are not told apart; found "pid ts migration".*say what stands between/,
    );
  });

  it("may have comments, which are counted, and its names in one", async () => {
    const remarks: string[] = [];
    const text = "# made by x\n#\n# pid,ts,migration\n1,2,0\n# later\n3,4,1\n#end";
    const table = await read(text, { onRemark: (remark: string) => remarks.push(remark) });
    expect([...table.numeric.pid]).to.deep.equal([1, 3]);
    expect(remarks).to.deep.equal([`${path()}: 4 lines that begin with # passed over as comments`]);
    expect((await read("#pid\tts\tmigration\n1\t2\t0\n")).rows).to.equal(1);
  });

  it("keeps a name that begins with # where the first column is a text", async () => {
    expect((await read("comm,pid,ts,migration\n#x,1,2,0\n")).text.comm).to.deep.equal(["#x"]);
  });

  it("names the line of a fault behind comments", async () => {
    const error = await inputErrorOf(() => read("# a\npid,ts,migration\n# b\n1,2,0\n1,x,0\n"));
    expect(error.message).to.match(/t\.csv:5: not a whole number \(field ts\)/);
  });

  it("is read as TSV by every command, with the sidecar found by name", async () => {
    writeFileSync(scratch("t.tsv"), "pid\tts\tmigration\n1\t2\t0\n");
    writeFileSync(scratch("t.json"), '{"kernel":"6.1","chip":"x"}');
    const table = await readTrace(scratch("t.tsv"));
    expect(table.meta.kernel).to.equal("6.1");
    expect((await importTrace(scratch("t.tsv"), scratch("t.parquet"))).metaPath).to.equal(scratch("t.json"));
  });
});

describe("columns of other names", () => {
  const scratch = scratchFolder();
  const RENAME = { id: "pid", time: "ts", answer: "migration" };

  it("are renamed in CSV and Parquet alike", async () => {
    writeFileSync(scratch("r.csv"), "id,time,answer,comm\n7,8,2,a\n9,10,0,b\n");
    const columnData = [
      { name: "id", data: [7, 9], type: "INT32" as const },
      { name: "time", data: [8, 10], type: "DOUBLE" as const },
      { name: "answer", data: [2, 0], type: "INT32" as const },
      { name: "comm", data: ["a", "b"], type: "STRING" as const },
    ];
    writeFileSync(scratch("r.parquet"), Buffer.from(parquetWriteBuffer({ columnData })));
    await importTrace(scratch("r.csv"), scratch("a.parquet"), { rename: RENAME });
    await importTrace(scratch("r.parquet"), scratch("b.parquet"), { rename: RENAME });
    const [a, b] = [await readParquet(scratch("a.parquet")), await readParquet(scratch("b.parquet"))];
    expect([...a.numeric.pid, ...a.numeric.ts, ...a.numeric.migration]).to.deep.equal([7, 9, 8, 10, 2, 0]);
    expectSameTable(b, a, false);
  });

  it("that are not there, or renamed to none of the schema, are named with what is near", async () => {
    writeFileSync(scratch("r.csv"), "id,time,answer\n7,8,2\n");
    const refused = async (rename: Record<string, string>) =>
      (await inputErrorOf(() => importTrace(scratch("r.csv"), scratch("x.parquet"), { rename }))).message;
    expect(await refused({ ...RENAME, tme: "ts" })).to.match(
      /no such column to rename .*found "tme"; expected time/,
    );
    expect(await refused({ ...RENAME, time: "tss" })).to.match(
      /only to one of the schema .*\(option rename\); found "tss"; expected ts/,
    );
    expect(await refused({ id: "pid", time: "pid", answer: "migration" })).to.match(
      /the column comes twice \(field pid\)/,
    );
    expect(await refused({ id: "pid" })).to.match(
      /unknown column \(field time\).*what to rename or to ignore/,
    );
  });
});

describe("the preset of MLLB", () => {
  const scratch = scratchFolder();
  const NAMES =
    "ts,curr_pid,pid,src_cpu,dst_cpu,imbalance,src_len,src_numa_len,src_preferred_len,delta,cpu_idle,cpu_not_idle," +
    "cpu_newly_idle,same_node,prefer_src,prefer_dst,delta_faults,total_faults,dst_len,src_load,dst_load,nr_fails," +
    "cache_nice_tries,buddy_hot,throttled,p_running,test_aggressive,can_migrate,pc_0,pc_1";
  const row = (more: Record<string, number>) =>
    NAMES.split(",")
      .map((name) => more[name] ?? 0)
      .join();
  const take = async (rows: Record<string, number>[], options = {}) => {
    writeFileSync(
      scratch("m.csv"),
      `${[NAMES, ...rows.map((r) => row({ pid: 5, dst_cpu: 1, ...r }))].join("\n")}\n`,
    );
    const result = await importTrace(scratch("m.csv"), scratch("m.parquet"), {
      preset: PRESETS.mllb,
      ...options,
    });
    return { ...result, table: await readParquet(scratch("m.parquet")) };
  };

  it("gives ten columns the names that they have here, in the same units, and passes over the others", async () => {
    const { table, warnings, meta } = await take([
      {
        src_len: 3,
        dst_len: 2,
        src_load: 2048,
        dst_load: 7,
        nr_fails: 4,
        cache_nice_tries: 1,
        buddy_hot: 1,
        throttled: 1,
        p_running: 1,
        can_migrate: 0,
        delta: 9,
      },
    ]);
    const expected = {
      src_rq_nr_running: 3,
      dst_rq_nr_running: 2,
      src_rq_load_avg: 2048,
      dst_rq_load_avg: 7,
      sd_nr_balance_failed: 4,
      sd_cache_nice_tries: 1,
      task_buddy: 1,
      task_throttled: 1,
      task_running: 1,
      migration: 0,
      delta: 9,
    };
    for (const [name, value] of Object.entries(expected))
      expect(table.numeric[name as "pid"][0], name).to.equal(value);
    expect(Object.values(PRESETS.mllb.rename)).to.have.length(10);
    for (const name of Object.values(PRESETS.mllb.rename)) expect(ALL_COLUMNS).to.include(name);
    expect(Object.keys(PRESETS.mllb.rename).length + PRESETS.mllb.ignore.length + 8).to.equal(
      NAMES.split(",").length,
    );
    expect(meta.tunables.migration_cost_ns).to.equal(500_000);
    expect(meta.notes.preset).to.match(/^mllb: /);
    expect(warnings.join()).to.match(/taken to be 500us, as the preset has it/);
  });

  it("takes for forced what was let go although hot, after more failures than are tolerated", async () => {
    const hot = { delta: 100_000, nr_fails: 2, cache_nice_tries: 1, can_migrate: 1 };
    const rows = [
      hot,
      { ...hot, can_migrate: 0 },
      { ...hot, nr_fails: 1 },
      { ...hot, delta: 600_000 },
      { ...hot, delta: 600_000, buddy_hot: 1 },
      { ...hot, cache_nice_tries: 0 },
    ];
    expect([...(await take(rows)).table.numeric.migration]).to.deep.equal([2, 0, 1, 1, 2, 1]);
    const other = await take([{ ...hot, delta: 600_000 }], { migrationCostNs: 1_000_000 });
    expect([...other.table.numeric.migration]).to.deep.equal([2]);
    expect(other.meta.tunables.migration_cost_ns).to.equal(1_000_000);
  });
});

describe("hostile input", () => {
  const scratch = scratchFolder();
  const NASTY = [
    'a"b',
    "tab\there",
    "line\nfeed",
    "\r\n",
    "\u0007bell\u001b[31m",
    "\u202egnp.exe",
    "<script>alert(1)</script>",
    "=1+1",
    "#x",
    "'; drop table",
    "😀",
    " blanks ",
    ",,,",
  ];

  it("comes back from CSV, Parquet and the import as it was, whatever the names", async () => {
    const { tableFromRows } = await import("../../traces/table.ts");
    const table = tableFromRows(NASTY.map((comm, i) => ({ pid: i + 1, ts: i, migration: 0, comm })));
    await writeCsv(scratch("n.csv"), [table]);
    expectSameTable(await readCsv(scratch("n.csv")), table, false);
    await importTrace(scratch("n.csv"), scratch("n.parquet"));
    expect((await readParquet(scratch("n.parquet"))).text.comm).to.deep.equal(NASTY);
    await writeCsv(scratch("n2.csv"), [await readParquet(scratch("n.parquet"))]);
    expect((await readCsv(scratch("n2.csv"))).text.comm).to.deep.equal(NASTY);
  });

  it("of 2^63 and beyond is a signed number where the kernel's is signed, and refused elsewhere", async () => {
    const read = (column: string, value: string) => {
      writeFileSync(scratch("v.csv"), `pid,ts,migration,${column}\n1,2,0,${value}\n`);
      return readCsv(scratch("v.csv"));
    };
    expect((await read("delta", "18446744073709551615")).numeric.delta[0]).to.equal(-1);
    expect((await inputErrorOf(() => read("delta", "9223372036854775808"))).message).to.match(/field delta/);
    expect((await inputErrorOf(() => read("src_rq_load", "18446744073709551615"))).message).to.match(
      /field src_rq_load/,
    );
    expect((await inputErrorOf(() => read("delta", "9007199254740993"))).message).to.match(/field delta/);
  });

  it("does not steer the terminal that it is shown on", async () => {
    const evil = "a\u001b[2J\u202eb\u2028";
    const meta = { kernel: evil, chip: evil, workload: evil, [evil]: evil };
    writeFileSync(scratch("evil.json"), JSON.stringify(meta));
    writeFileSync(scratch("evil.csv"), `pid,ts,migration,run\n1,2,0,"${evil}"\n1,2,0,x\n`);
    await importTrace(scratch("evil.csv"), scratch("evil.parquet"));
    const text = infoText("evil", await summarizeTrace(scratch("evil.parquet")));
    expect(text.replaceAll("\n", "")).not.to.match(/[\p{Cc}\u202e\u2028]/u);
    expect(text).to.contain("a\\x1b[2J\\u202eb\\u2028");
    expect((await readParquet(scratch("evil.parquet"))).meta.notes).to.deep.include({ [evil]: evil });
  });

  it("that is empty, or a header alone, says what is missing or is a trace without rows", async () => {
    for (const text of ["", "\n\n", "# nothing\n"]) {
      writeFileSync(scratch("e.csv"), text);
      expect(
        (await inputErrorOf(() => importTrace(scratch("e.csv"), scratch("e.parquet")))).message,
        JSON.stringify(text),
      ).to.match(/the file is empty/);
    }
    writeFileSync(scratch("h.csv"), "pid,ts,migration\n");
    expect((await importTrace(scratch("h.csv"), scratch("h.parquet"))).rows).to.equal(0);
    expect((await readParquet(scratch("h.parquet"))).rows).to.equal(0);
  });
});
