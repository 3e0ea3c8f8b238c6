import { closeSync, openSync, readFileSync, writeSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { gunzipSync } from "node:zlib";

const REAL = fileURLToPath(new URL("../../../traces/schedules/hackbench-1.ftrace.gz", import.meta.url));

/** A recorded schedule over and over, each time later, until it has so many rows. Returns how many it has. */
export function growRecording(path: string, rows: number): number {
  const lines = gunzipSync(readFileSync(REAL)).toString("latin1").split("\n");
  const parts = lines.flatMap((line) => {
    const [, before, seconds, behind] = /^([^#].*? )(\d+)(\.\d+: .*)$/.exec(line) ?? [];
    return before === undefined ? [] : [{ before, seconds: Number(seconds), behind }];
  });
  const span = parts[parts.length - 1].seconds - parts[0].seconds + 2;
  const file = openSync(path, "w");
  let written = 0;
  try {
    writeSync(file, "# tracer: nop\n");
    for (let times = 0; written < rows; times++) {
      const taken = parts.slice(0, rows - written);
      const text = taken.map((p) => `${p.before}${p.seconds + times * span}${p.behind}\n`).join("");
      writeSync(file, text);
      written += taken.length;
    }
  } finally {
    closeSync(file);
  }
  return written;
}
