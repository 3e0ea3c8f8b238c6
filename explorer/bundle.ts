import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

/** Code and style of the page. */
export interface PageCode {
  script: string;
  style: string;
}

const here = (name: string): string => fileURLToPath(new URL(name, import.meta.url));

/** As the package has them; in a checkout they are made of the sources. */
export async function pageCode(): Promise<PageCode> {
  const style = readFileSync(here("page/page.css"), "utf8");
  if (existsSync(here("page/main.js"))) return { script: readFileSync(here("page/main.js"), "utf8"), style };
  return { script: await bundle(), style };
}

/** The page's code in one piece. */
export async function bundle(): Promise<string> {
  const { build } = await import("esbuild");
  const { outputFiles } = await build({
    entryPoints: [here("page/main.ts")],
    bundle: true,
    minify: true,
    write: false,
    format: "iife",
    target: "es2022",
    charset: "ascii",
    legalComments: "none",
  });
  return outputFiles[0].text;
}
