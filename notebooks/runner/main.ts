/**
 * Executes notebooks and writes `notebooks/out/NAME.ipynb` and a self-contained `NAME.html`.
 *
 *   npm run notebooks                     all of them
 *   npm run notebooks -- 01-first         those whose name contains the word
 */
import { mkdirSync, readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { writeFileAtomic } from "../../traces/atomic-file.ts";
import { InputError } from "../../traces/input-error.ts";
import { executeNotebook } from "./execute.ts";
import { toHtml } from "./html.ts";
import { toIpynb } from "./ipynb.ts";

const FOLDER = fileURLToPath(new URL("..", import.meta.url));
const OUT = `${FOLDER}out`;

try {
  const words = process.argv.slice(2);
  const all = readdirSync(FOLDER)
    .filter((f) => f.endsWith(".nb.ts"))
    .sort();
  const chosen = all.filter((f) => words.length === 0 || words.some((w) => f.includes(w)));
  if (chosen.length === 0)
    throw new InputError("no notebook has such a name", { found: words.join(" "), expected: all.join(", ") });
  mkdirSync(OUT, { recursive: true });
  for (const file of chosen) {
    const notebook = await executeNotebook(`${FOLDER}${file}`);
    writeFileAtomic(`${OUT}/${notebook.name}.ipynb`, toIpynb(notebook));
    writeFileAtomic(`${OUT}/${notebook.name}.html`, toHtml(notebook));
    console.log(`notebooks/out/${notebook.name}.html`);
  }
} catch (error) {
  console.error(error instanceof InputError ? error.message : error);
  process.exitCode = 1;
}
