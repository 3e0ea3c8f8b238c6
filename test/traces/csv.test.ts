import { readFileSync, writeFileSync } from "node:fs";
import { gunzipSync, gzipSync } from "node:zlib";
import { expect } from "chai";
import fc from "fast-check";
import { CsvParser } from "../../traces/csv/parser.ts";
import { CSV_HEADER, csvLines, readCsv, readCsvChunks, writeCsv } from "../../traces/csv.ts";
import { traceMetadata } from "../../traces/metadata.ts";
import type { TraceTable } from "../../traces/schema.ts";
import { concatTables } from "../../traces/table.ts";
import * as arbitrary from "./arbitraries.ts";
import { expectSameTable, inputErrorOf, scratchFolder } from "./support.ts";

const MINIMAL = "pid,ts,migration";

describe("CSV traces", () => {
  const scratch = scratchFolder();
  const path = () => scratch("t.csv");
  const read = async (content: string | Buffer) => {
    writeFileSync(path(), content);
    return readCsv(path());
  };

  it("give back every table as it was written, plain and gzipped", async () => {
    for (const name of ["t.csv", "t.csv.gz"])
      await fc.assert(
        fc.asyncProperty(arbitrary.table, async (table) => {
          await writeCsv(scratch(name), [table]);
          expectSameTable(await readCsv(scratch(name), table.meta), table);
        }),
        { numRuns: 40, verbose: false },
      );
  });

  it("are the same bytes whether gzipped or not", async () => {
    const table = arbitrary.plausibleTable(9000);
    await writeCsv(scratch("a.csv"), [table]);
    await writeCsv(scratch("a.csv.gz"), [table]);
    expect(gunzipSync(readFileSync(scratch("a.csv.gz"))).equals(readFileSync(scratch("a.csv")))).to.equal(
      true,
    );
  });

  it("mean the same however the bytes arrive, and come in chunks of whole rows (C1, C2)", () => {
    fc.assert(
      fc.property(
        arbitrary.table,
        fc.array(fc.nat(20_000), { maxLength: 10 }),
        fc.integer({ min: 1, max: 10 }),
        (table, cuts, chunkRows) => {
          const bytes = Buffer.from(`${CSV_HEADER}\n${csvLines(table)}`);
          const parser = new CsvParser("x.csv", table.meta, { chunkRows });
          const borders = [0, ...cuts.map((c) => c % (bytes.length + 1)).sort((a, b) => a - b), bytes.length];
          const chunks: TraceTable[] = [];
          for (let b = 1; b < borders.length; b++)
            chunks.push(...parser.push(bytes.subarray(borders[b - 1], borders[b])));
          chunks.push(...parser.end());
          for (const chunk of chunks.slice(0, -1)) expect(chunk.rows).to.equal(chunkRows);
          expectSameTable(concatTables(chunks, table.meta), table);
        },
      ),
      { numRuns: 60, verbose: false },
    );
  });

  it("mean the same whether rows are plain or quoted, skipped over or not, ended by LF or CRLF", async () => {
    const text = (name: string) => fc.constantFrom("", "a", `${name}"b`, "x\ry", "löng name");
    const cell = fc.constantFrom(
      "",
      "0",
      "-0",
      "7",
      "-12",
      "999999999999999",
      "-999999999999999",
      "1000000000000000",
    );
    const row = fc.tuple(
      fc.nat(),
      fc.nat(),
      fc.nat(2),
      cell,
      cell,
      text("c"),
      fc.constantFrom("", "17", "?"),
      text("r"),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(row, { minLength: 1, maxLength: 8 }), fc.boolean(), async (rows, crlf) => {
        const end = crlf ? "\r\n" : "\n";
        const header = "pid,ts,migration,delta,imbalance,comm,spare,reason";
        const quoted = (c: string | number) => `"${String(c).replaceAll('"', '""')}"`;
        const lines = (show: (c: string | number) => string) =>
          `${[header, ...rows.map((r) => r.map(show).join(","))].join(end)}${end}`;
        writeFileSync(path(), lines(String));
        const plain = await readCsv(path(), traceMetadata(), { ignoreUnknown: true });
        writeFileSync(path(), lines(quoted));
        expectSameTable(await readCsv(path(), traceMetadata(), { ignoreUnknown: true }), plain);
        expect(plain.text.comm).to.deep.equal(rows.map((r) => r[5]));
        expect([...plain.numeric.delta]).to.deep.equal(
          rows.map((r) => (r[3] === "" ? Number.NaN : Number(r[3]) + 0)),
        );
      }),
    );
  });

  it("need only the columns that make a trace; the others are unknown", async () => {
    const table = await read(`${MINIMAL}\n1,2,0\n3,4,1\n`);
    expect([...table.numeric.pid]).to.deep.equal([1, 3]);
    expect(table.numeric.src_cpu[0]).to.be.NaN;
    expect(table.text.comm).to.deep.equal(["", ""]);
  });

  it("may have been through a spreadsheet or pandas", async () => {
    const table = await read(
      '\uFEFFts , pid,"migration",cpu_idle,task_vruntime,comm\r\n1.0,"7",1e0,True,18446744073709551615,"a ""b"", c"\r\n\r\n2,8,,false,-5,"x\r\ny"',
    );
    const { ts, pid, migration, cpu_idle, task_vruntime } = table.numeric;
    expect([[...ts], [...pid], [...migration]]).to.deep.equal([
      [1, 2],
      [7, 8],
      [1, Number.NaN],
    ]);
    expect([[...cpu_idle], [...task_vruntime]]).to.deep.equal([
      [1, 0],
      [-1, -5],
    ]);
    expect(table.text.comm).to.deep.equal(['a "b", c', "x\r\ny"]);
  });

  it("pass over label columns, which are derived", async () => {
    expect((await read(`${MINIMAL},label_migrate\n1,2,0,1\n`)).rows).to.equal(1);
  });

  it("may hold the largest exact integers", async () => {
    const { delta } = (await read(`${MINIMAL},delta\n1,2,0,9007199254740992\n1,2,0,-9007199254740992\n`))
      .numeric;
    expect([...delta]).to.deep.equal([2 ** 53, -(2 ** 53)]);
  });

  it("may have columns passed over by wish", async () => {
    writeFileSync(path(), `${MINIMAL},mystery\n1,2,0,x\n`);
    expect((await readCsv(path(), traceMetadata(), { ignoreUnknown: true })).rows).to.equal(1);
  });

  const wrong: [string, string, RegExp][] = [
    ["an empty file", "", /the file is empty; expected CSV/],
    [
      "NaN",
      `${MINIMAL}\n1,2,0\n1,NaN,0\n`,
      /t\.csv:3: not a whole number \(field ts\); found "NaN"; .*empty cell/,
    ],
    ["an infinity", `${MINIMAL}\n1,inf,0\n`, /t\.csv:2: not a whole number \(field ts\)/],
    ["a fraction", `${MINIMAL}\n1,2.5,0\n`, /t\.csv:2: not a whole number \(field ts\); found "2\.5"/],
    ["text for a number", `${MINIMAL}\nbash,2,0\n`, /t\.csv:2: .*\(field pid\); found "bash"/],
    [
      "a number beyond 2^53",
      `${MINIMAL}\n1,99999999999999999,0\n`,
      /t\.csv:2: number out of range \(field ts\)/,
    ],
    [
      "2^53 + 1, which a double cannot hold",
      `${MINIMAL}\n1,9007199254740993,0\n`,
      /out of range \(field ts\)/,
    ],
    ["-2^53 - 1", `${MINIMAL},delta\n1,2,0,-9007199254740993\n`, /out of range \(field delta\)/],
    [
      "an unsigned clock where none is signed",
      `${MINIMAL}\n1,18446744073709551615,0\n`,
      /out of range \(field ts\)/,
    ],
    [
      "an unknown column",
      `${MINIMAL},src_cp\n`,
      /t\.csv:1: unknown column \(field src_cp\).*perhaps src_cpu/,
    ],
    ["a column twice", `${MINIMAL},ts\n`, /t\.csv:1: the column comes twice \(field ts\)/],
    ["a missing column", "pid,migration\n1,0\n", /the column ts is missing.*at least pid, ts, migration/],
    [
      "a short row",
      `${MINIMAL}\n1,2,0\n1,2\n1,2,0\n`,
      /t\.csv:3: the row is too short; found 2 cells|found "2 cells"/,
    ],
    ["a long row", `${MINIMAL}\n1,2,0,4\n`, /t\.csv:2: the row is too long/],
    ["a cut last row", `${MINIMAL}\n1,2,0\n1,2`, /t\.csv:3: the row is too short.*truncated/],
    ["an open quote", `${MINIMAL},comm\n1,2,0,"abc\n`, /t\.csv:2: a quote is not closed/],
    ["text behind a quote", `${MINIMAL},comm\n1,2,0,"abc"d\n`, /t\.csv:2: text behind a closing quote/],
    ["an error behind a name with line ends", `${MINIMAL},comm\n1,2,0,"a\nb\nc"\n1,x,0,d\n`, /t\.csv:5: /],
  ];
  for (const [what, content, message] of wrong)
    it(`are refused with ${what}`, async () => {
      expect((await inputErrorOf(() => read(content))).message).to.match(message);
    });

  const others: [string, Buffer, RegExp][] = [
    [
      "gzip under a plain name",
      gzipSync(`${MINIMAL}\n1,2,0\n`),
      /found "gzip data".*\.csv\.gz, or unpack it/,
    ],
    [
      "UTF-16 with its mark",
      Buffer.from(`\ufeff${MINIMAL}\n1,2,0\n`, "utf16le"),
      /found "UTF-16 text".*iconv/,
    ],
    ["UTF-16 without", Buffer.from(`${MINIMAL}\n1,2,0\n`, "utf16le"), /zero bytes in its first line.*iconv/],
    ["Parquet out of a pipe", Buffer.from("PAR1\n..PAR1"), /found "Parquet data".*not through a pipe/],
    ["a spreadsheet", Buffer.from("PK\x03\x04\nxx"), /found "a ZIP archive".*saved as CSV/],
    ["zstd", Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 10, 10]), /found "zstd data".*Unpack/],
  ];
  for (const [what, content, message] of others)
    it(`are told apart from ${what}`, async () => {
      const error = await inputErrorOf(() => read(content));
      expect(error.message)
        .to.match(/t\.csv: is no CSV; /)
        .and.match(message);
    });

  it("are refused with the next step", async () => {
    for (const [content, next] of [
      [`${MINIMAL}\n1,99999999999999999999,0\n`, /leave it empty if the value is not known\.$/],
      [`${MINIMAL}\n1,2,0,4\n`, /Quote the cell if there is a comma in it/],
      ["pid ts migration\n1 2 0\n", /say what stands between its cells\.$/],
      [`${MINIMAL},comm\n1,2,0,"abc"d\n`, /double a quote within them\.$/],
    ] as const)
      expect((await inputErrorOf(() => read(content))).message).to.match(next);
  });

  it("are refused when there is no end to a line", async () => {
    expect((await inputErrorOf(() => read(Buffer.alloc(3 << 20, 65)))).message).to.match(
      /:1: the line is too long/,
    );
  });

  it("are refused when their gzip stream is cut or damaged", async () => {
    const whole = gzipSync(Buffer.from(`${MINIMAL}\n${"1,2,0\n".repeat(5000)}`));
    const gz = scratch("g.csv.gz");
    for (const bytes of [
      whole.subarray(0, whole.length - 9),
      Buffer.concat([whole.subarray(0, 12), Buffer.alloc(30, 7)]),
    ]) {
      writeFileSync(gz, bytes);
      expect((await inputErrorOf(() => readCsv(gz))).message).to.match(/gzip stream is damaged or truncated/);
    }
    writeFileSync(gz, "pid,ts,migration\n");
    expect((await inputErrorOf(() => readCsv(gz))).message).to.match(/gzip stream is damaged/);
  });

  it("are asked for under the right name", async () => {
    for (const name of ["none.csv", "none.csv.gz"])
      expect((await inputErrorOf(() => readCsv(scratch(name)))).message).to.match(/no such file/);
    expect((await inputErrorOf(() => readCsv(scratch(".")))).message).to.match(/is a folder/);
  });

  it("never crash the parser: any bytes give rows or a clear error", async () => {
    const piece = fc.constantFrom("1", "-", "9", ",", "\n", '"', "\r", "pid", "x", ".", "e", "é", "\0", " ");
    await fc.assert(
      fc.asyncProperty(fc.array(piece, { maxLength: 60 }), async (pieces) => {
        writeFileSync(path(), `${MINIMAL},comm\n${pieces.join("")}`);
        try {
          for await (const chunk of readCsvChunks(path())) expect(chunk.rows).to.be.greaterThan(0);
        } catch (error) {
          expect((error as Error).name, String(error)).to.equal("InputError");
        }
      }),
      { numRuns: 300 },
    );
  });
});
