import { spawn } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { expect } from "chai";
import { readParquet, writeParquet } from "../../traces/parquet.ts";
import { concatTables } from "../../traces/table.ts";
import { plausibleTable } from "./arbitraries.ts";
import { expectSameTable, scratchFolder } from "./support.ts";

const WRITER = fileURLToPath(new URL("kill-writer.ts", import.meta.url));

describe("a writer killed with kill -9", () => {
  const scratch = scratchFolder();
  const part = plausibleTable(500);
  const whole = concatTables([part, part, part, part], part.meta);

  it("leaves a valid file or none, whenever it is hit", async () => {
    const path = scratch("t.parquet");
    const waits = [0, 7, 23, 41];
    for (const wait of waits) {
      const writer = spawn(process.execPath, ["--import", "tsx", WRITER, path], {
        stdio: ["ignore", "pipe", "inherit"],
      });
      // once it has started to write, strike at another point of its round each time
      await new Promise<void>((resolve) => writer.stdout.once("data", () => resolve()));
      await new Promise((resolve) => setTimeout(resolve, wait));
      const gone = new Promise((resolve) => writer.once("exit", (_, signal) => resolve(signal)));
      writer.kill("SIGKILL");
      expect(await gone).to.equal("SIGKILL");
      for (const [name, expected] of [
        [path, whole],
        [`${path}.second`, part],
      ] as const)
        if (existsSync(name)) expectSameTable(await readParquet(name), expected, false);
    }
    // and the next writer of the same target sweeps up
    writeParquet(path, part);
    writeParquet(`${path}.second`, part);
    expect(readdirSync(dirname(path)).filter((name) => name.endsWith(".tmp"))).to.deep.equal([]);
  });
});
