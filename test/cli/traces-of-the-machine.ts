import { readdirSync, readFileSync } from "node:fs";
import { homedir, hostname } from "node:os";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { expect } from "chai";
import { ROOT } from "./run-process.ts";

/** What would tell where, and on whose machine, a file was made. */
const TELLING = [ROOT.replace(/\/$/, ""), `${homedir()}/`, hostname()].filter((text) => text.length > 3);

/** Looks into every file below a folder. @param more Other words that must not occur. */
export function expectNothingOfTheMachine(folder: string, more: readonly string[] = []): void {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((f) => f.isFile());
  expect(files.length).to.be.greaterThan(0);
  for (const file of files) {
    const path = join(file.parentPath, file.name);
    const bytes = readFileSync(path);
    const text = (path.endsWith(".gz") ? gunzipSync(bytes) : bytes).toString("latin1");
    for (const word of [...TELLING, ...more]) {
      const at = text.indexOf(word);
      const around = text.slice(Math.max(0, at - 40), at + 80);
      expect(at, `${file.name} holds ${JSON.stringify(word)}: ${JSON.stringify(around)}`).to.equal(-1);
    }
  }
}
