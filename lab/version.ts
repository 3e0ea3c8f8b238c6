import { readFileSync } from "node:fs";

/** The tool's version, stored in traces and model files. */
export const VERSION: string = JSON.parse(
  readFileSync(new URL("../package.json", import.meta.url), "utf8"),
).version;
