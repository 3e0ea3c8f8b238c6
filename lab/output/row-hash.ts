import { createHash } from "node:crypto";
import { NUMERIC_NAMES, TEXT_NAMES, type TraceRow } from "../../traces/schema.ts";

/**
 * A sha256 over decision rows that does not depend on the file format: for each row the numeric columns in schema order
 * as little-endian float64, then the text columns, each ended by a zero byte.
 */
export class RowHash {
  rows = 0;
  private readonly hash = createHash("sha256");
  private readonly bytes = Buffer.alloc(64 * 1024);
  private at = 0;

  append(row: Readonly<TraceRow>): void {
    this.rows++;
    if (this.at + NUMERIC_NAMES.length * 8 + 256 > this.bytes.length) this.flush();
    for (const name of NUMERIC_NAMES) this.at = this.bytes.writeDoubleLE(row[name], this.at);
    for (const name of TEXT_NAMES) {
      this.at += this.bytes.write(row[name], this.at, 60, "utf8");
      this.bytes[this.at++] = 0;
    }
  }

  digest(): string {
    this.flush();
    return this.hash.digest("hex");
  }

  private flush(): void {
    this.hash.update(this.bytes.subarray(0, this.at));
    this.at = 0;
  }
}
