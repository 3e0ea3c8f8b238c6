import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { simulateFile } from "../../lab/simulate-file.ts";
import { readTrace } from "../../traces/read-trace.ts";
import { type ColumnName, FILE_ORDER } from "../../traces/schema.ts";
import { ROOT } from "./pages.ts";

/** What examples/README.md says of each file; its commands run in commands.test.ts. */
describe("examples/", () => {
  it("has a CSV of the decisions that the simulation of its rt-app file makes today", async () => {
    const folder = mkdtempSync(join(tmpdir(), "nicetries-examples-"));
    try {
      const out = join(folder, "all.csv");
      await simulateFile(`${ROOT}examples/app.json`, {
        chip: "8x1",
        tunables: { migrationCostNs: 4_000_000 },
        out,
      });
      const [example, today] = await Promise.all([
        readTrace(`${ROOT}examples/decisions.csv`),
        readTrace(out),
      ]);
      const header = readFileSync(`${ROOT}examples/decisions.csv`, "utf8").split("\n", 1)[0].split(",");
      expect(header).to.deep.equal(FILE_ORDER.slice(0, 36));
      expect([example.rows, today.rows]).to.deep.equal([706, 706]);
      for (const name of header as ColumnName[]) {
        const of = (table: typeof today) => [
          ...(name in table.numeric ? table.numeric[name as "pid"] : table.text[name as "comm"]),
        ];
        expect(of(example), name).to.deep.equal(of(today));
      }
      const sidecar = JSON.parse(readFileSync(`${ROOT}examples/decisions.json`, "utf8"));
      const forced = [...example.numeric.migration].filter((decision) => decision === 2).length;
      expect([sidecar.rows, sidecar.forced, forced]).to.deep.equal([706, 22, 22]);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
