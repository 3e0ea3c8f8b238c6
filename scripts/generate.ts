/** `npm run generate`: writes every generated file and table that is not what its sources give. */
import { existsSync, readFileSync } from "node:fs";
import { writeFileAtomic } from "../traces/atomic-file.ts";
import { expectedText, GENERATED } from "./generated.ts";

process.chdir(new URL("..", import.meta.url).pathname);
for (const entry of GENERATED) {
  const expected = await expectedText(entry);
  if (existsSync(entry.path) && readFileSync(entry.path, "utf8") === expected) continue;
  writeFileAtomic(entry.path, expected);
  console.log(`written: ${entry.path}`);
}
