import type { TraceSource } from "./read-trace.ts";
import type { TraceTable } from "./schema.ts";
import { sliceTable } from "./table.ts";

/** Walks over a trace: row by row (`table`, `at`), or in pieces (`take`). Use one of the two ways. */
export class RowCursor {
  table: TraceTable | undefined;
  at = -1;
  private readonly chunks: AsyncGenerator<TraceTable>;

  constructor(source: TraceSource) {
    this.chunks = source.chunks();
  }

  get clock(): number {
    return this.table!.numeric.ts[this.at];
  }

  /** To the next row; `table` is undefined behind the last. */
  async advance(): Promise<void> {
    this.at++;
    while (this.table === undefined ? this.at === 0 : this.at >= this.table.rows) {
      const { value, done } = await this.chunks.next();
      this.table = done ? undefined : value;
      if (done) return;
      this.at = 0;
    }
  }

  /** At most `rows` of the next rows, or undefined at the end. */
  async take(rows: number): Promise<TraceTable | undefined> {
    if (this.at < 0) await this.advance();
    if (!this.table) return undefined;
    const part = sliceTable(this.table, this.at, this.at + rows);
    this.at += part.rows - 1;
    await this.advance();
    return part;
  }

  async close(): Promise<void> {
    await this.chunks.return(undefined);
  }
}
