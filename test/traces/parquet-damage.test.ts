import { readFileSync, writeFileSync } from "node:fs";
import { expect } from "chai";
import fc from "fast-check";
import { type FileMetaData, parquetMetadata } from "hyparquet";
import { ByteWriter, parquetWriteBuffer } from "hyparquet-writer";
import { writeMetadata } from "hyparquet-writer/src/metadata.js";
import { InputError } from "../../traces/input-error.ts";
import { ParquetTraceWriter, readParquet, writeParquet } from "../../traces/parquet.ts";
import { plausibleTable } from "./arbitraries.ts";
import { expectSameTable, inputErrorOf, scratchFolder } from "./support.ts";

describe("damaged Parquet traces", () => {
  const scratch = scratchFolder();
  const path = () => scratch("d.parquet");
  const table = plausibleTable(150, 9);
  let whole: Buffer;

  before(() => {
    const writer = new ParquetTraceWriter(path(), table.meta, { rowGroupRows: 60 });
    writer.write(table);
    writer.close();
    whole = readFileSync(path());
  });

  it("are refused after any single bit flip: no wrong number is ever read", async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(whole.length * 8 - 1), async (bit) => {
        const bytes = Buffer.from(whole);
        bytes[bit >> 3] ^= 1 << (bit & 7);
        writeFileSync(path(), bytes);
        const error = await inputErrorOf(() => readParquet(path()));
        expect(error.message).to.contain(path());
      }),
      { numRuns: 600, verbose: false },
    );
  });

  it("are refused after any cut", async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(whole.length - 1), async (length) => {
        writeFileSync(path(), whole.subarray(0, length));
        const error = await inputErrorOf(() => readParquet(path()));
        expect(error.message).to.match(/empty|too short|no end|is no Parquet|longer than the file/);
      }),
      { numRuns: 200, verbose: false },
    );
  });

  it("are refused when bytes were put in or exchanged", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.nat(whole.length - 1),
        fc.uint8Array({ minLength: 1, maxLength: 64 }),
        fc.boolean(),
        async (at, junk, insert) => {
          const bytes = Buffer.concat([
            whole.subarray(0, at),
            junk,
            whole.subarray(insert ? at : at + junk.length),
          ]);
          fc.pre(!bytes.equals(whole));
          writeFileSync(path(), bytes);
          await inputErrorOf(() => readParquet(path()));
        },
      ),
      { numRuns: 300, verbose: false },
    );
  });

  it("are refused in a chunk that another file's chunk has taken the place of", async () => {
    // its pages are sound, but they are not those of this group
    const small = scratch("small.parquet");
    writeParquet(small, plausibleTable(10, 9));
    const bytes = Buffer.from(whole);
    readFileSync(small).copy(bytes, 4, 4, 400);
    writeFileSync(path(), bytes);
    const error = await inputErrorOf(() => readParquet(path()));
    expect(error.message).to.match(/row group 0 cannot be read.*checksum does not match/);
  });

  it("never crash the reader when another writer made them", async () => {
    const foreign = Buffer.from(
      parquetWriteBuffer({
        columnData: [
          { name: "pid", data: Array.from({ length: 500 }, (_, i) => i % 7), type: "INT32" },
          { name: "ts", data: Array.from({ length: 500 }, (_, i) => BigInt(i) * 1000n), type: "INT64" },
          { name: "migration", data: Array.from({ length: 500 }, (_, i) => i % 3), type: "INT32" },
          { name: "comm", data: Array.from({ length: 500 }, (_, i) => `t${i % 5}`), type: "STRING" },
        ],
      }),
    );
    await fc.assert(
      fc.asyncProperty(fc.nat(foreign.length * 8 - 1), async (bit) => {
        const bytes = Buffer.from(foreign);
        bytes[bit >> 3] ^= 1 << (bit & 7);
        writeFileSync(path(), bytes);
        try {
          await readParquet(path()); // without checksums a flip may go unnoticed
        } catch (error) {
          expect(error).to.be.instanceOf(InputError);
        }
      }),
      { numRuns: 600, verbose: false },
    );
  });

  /** The whole file with a forged footer: no seal, so that the checksum does not give it away. */
  function forge(change: (metadata: FileMetaData) => void): void {
    const metadata = parquetMetadata(new Uint8Array(whole).slice().buffer);
    change(metadata);
    const footer = new ByteWriter();
    writeMetadata(footer, metadata);
    footer.appendUint32(0x31524150);
    writeFileSync(path(), Buffer.concat([whole, footer.getBytes()]));
  }

  it("that claim 10^9 rows are refused at once, before memory is taken", async () => {
    forge((m) => {
      m.created_by = "someone";
      m.num_rows = 1_000_000_000n;
      m.row_groups = [{ ...m.row_groups[0], num_rows: 1_000_000_000n }];
    });
    const before = process.memoryUsage().rss;
    const error = await inputErrorOf(() => readParquet(path()));
    expect(error.message).to.match(/claims more rows than \d+ bytes can hold; found 1000000000/);
    expect(process.memoryUsage().rss - before).to.be.below(100e6);
  });

  it("whose row groups do not add up are refused", async () => {
    forge((m) => {
      m.created_by = "someone";
      m.num_rows += 1n;
    });
    expect((await inputErrorOf(() => readParquet(path()))).message).to.match(/do not add up/);
  });

  it("of ours without their seal are refused", async () => {
    forge(() => {});
    expect((await inputErrorOf(() => readParquet(path()))).message).to.match(/seal is missing/);
  });

  it("of a newer schema are refused with the advice to update", async () => {
    const writer = new ParquetTraceWriter(path(), { ...table.meta, schemaVersion: 99 });
    writer.close();
    expect((await inputErrorOf(() => readParquet(path()))).message).to.match(
      /newer version; found "schema version 99"; expected at most 2\. Update nicetries/,
    );
  });

  it("that are none at all are told apart from those that are damaged", async () => {
    writeFileSync(path(), "pid,ts,migration\n1,2,0\n");
    expect((await inputErrorOf(() => readParquet(path()))).message).to.match(/is no Parquet file/);
    expect((await inputErrorOf(() => readParquet(scratch("nowhere")))).message).to.match(/no such file/);
    expect((await inputErrorOf(() => readParquet(scratch(".")))).message).to.match(/no regular file/);
  });

  it("do not keep a sound file from being read", async () => {
    writeFileSync(path(), whole);
    expectSameTable(await readParquet(path()), table);
  });
});
