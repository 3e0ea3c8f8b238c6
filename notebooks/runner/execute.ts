import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { InputError } from "../../traces/input-error.ts";
import { type Cell, parseNotebook } from "./parse.ts";
import type { CellOutputs } from "./session.ts";

export interface ExecutedNotebook {
  name: string;
  cells: Cell[];
  /** Outputs by index of the code cell. */
  outputs: CellOutputs;
}

const SESSION = fileURLToPath(new URL("./session.ts", import.meta.url));

/**
 * Runs a notebook from top to bottom in a process of its own and collects what its cells show. The instrumented copy
 * lies beside the notebook for the time of the run, so that relative imports mean the same.
 *
 * @throws InputError naming the cell when the notebook fails.
 */
export async function executeNotebook(file: string): Promise<ExecutedNotebook> {
  const cells = parseNotebook(readFileSync(file, "utf8"), file);
  const scratch = mkdtempSync(join(tmpdir(), "nicetries-notebook-"));
  const outputFile = join(scratch, "outputs.json");
  const copy = join(dirname(file), `.${basename(file, ".nb.ts")}.${process.pid}.tmp.mts`);
  try {
    writeFileSync(copy, instrument(cells, outputFile));
    const stderr = await runNode(copy);
    let outputs: CellOutputs;
    try {
      outputs = JSON.parse(readFileSync(outputFile, "utf8"));
    } catch {
      throw new InputError(`the notebook ended before it finished: ${stderr.trim()}`, {
        file,
        hint: "Run it with `npx tsx` to see the whole error",
      });
    }
    const failed = outputs.findIndex((list) => list.some((o) => o.type === "error"));
    if (failed >= 0) {
      const error = outputs[failed].find((o) => o.type === "error")!;
      throw new InputError(`${error.name}: ${error.message}`, {
        file,
        line: cells.filter((c) => c.kind === "code")[failed].line,
        hint: "The cell that starts at this line failed",
      });
    }
    return { name: basename(file, ".nb.ts"), cells, outputs };
  } finally {
    rmSync(copy, { force: true });
    rmSync(scratch, { recursive: true, force: true });
  }
}

function instrument(cells: readonly Cell[], outputFile: string): string {
  const lines = [
    `import { startCell as __startCell, finish as __finish, failCell as __failCell } from ${JSON.stringify(SESSION)};`,
    `process.on("exit", () => __finish(${JSON.stringify(outputFile)}));`,
    `process.on("uncaughtException", (error) => { __failCell(error); process.exit(1); });`,
  ];
  let index = 0;
  for (const cell of cells) {
    if (cell.kind !== "code") continue;
    lines.push(`__startCell(${index++});`, cell.source);
  }
  return `${lines.join("\n")}\n`;
}

function runNode(file: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, ["--import", "tsx", file], {
      stdio: ["ignore", "inherit", "pipe"],
    });
    let stderr = "";
    child.stderr.on("data", (chunk) => {
      stderr = (stderr + chunk).slice(-4000);
    });
    child.on("error", reject);
    child.on("close", () => resolve(stderr));
  });
}
