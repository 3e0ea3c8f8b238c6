import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { atEnd } from "../traces/at-end.ts";

/** Gives `use` a temporary folder, which is gone afterwards however this process ends. */
export async function withScratch<T>(label: string, use: (folder: string) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), `nicetries-${label}-`));
  const remove = () => rmSync(folder, { recursive: true, force: true });
  const forget = atEnd(remove);
  try {
    return await use(folder);
  } finally {
    forget();
    remove();
  }
}
