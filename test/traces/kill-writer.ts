/** A process that writes a trace without end, for kill.test.ts: `tsx kill-writer.ts FILE`. */
import { ParquetTraceWriter, writeParquet } from "../../traces/parquet.ts";
import { plausibleTable } from "./arbitraries.ts";

const path = process.argv[2];
const table = plausibleTable(500);
for (let round = 0; ; round++) {
  const writer = new ParquetTraceWriter(path, { ...table.meta, seed: String(round) }, { rowGroupRows: 100 });
  for (let i = 0; i < 4; i++) writer.write(table);
  writer.close();
  writeParquet(`${path}.second`, table);
  process.stdout.write(".");
}
