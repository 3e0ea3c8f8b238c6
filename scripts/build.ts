/**
 * `npm run build`: what is published, into dist/: JavaScript and declarations from all sources, and the files beside them that the
 * commands need (C and scripts for the kernel, the real traces that the main job judges on). dist/ mirrors the repository, so that a module
 * finds its neighbours by the same relative paths.
 */
import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { bundle } from "../explorer/bundle.ts";
import { findRealTraces } from "../lab/run/inputs.ts";

process.chdir(new URL("..", import.meta.url).pathname);
rmSync("dist", { recursive: true, force: true });
execFileSync("node_modules/.bin/tsc", ["-p", "tsconfig.build.json"], { stdio: "inherit" });

const isAsset = (path: string) =>
  !/\.(ts|md|pyc)$/.test(path) && !/(^|\/)(fuzz|__pycache__)(\/|$)/.test(path);

function copyAssets(folder: string): void {
  for (const name of readdirSync(folder)) {
    const path = join(folder, name);
    if (statSync(path).isDirectory()) copyAssets(path);
    else if (isAsset(path)) copy(path);
  }
}

function copy(path: string): void {
  const target = join("dist", path);
  mkdirSync(dirname(target), { recursive: true });
  cpSync(path, target);
}

copyAssets("kernel-bridge");
copyAssets("fidelity");
copyAssets("model/zoo");
// The page of nicetries explore.
copy("explorer/page/page.css");
mkdirSync("dist/explorer/page", { recursive: true });
writeFileSync("dist/explorer/page/main.js", await bundle());
for (const name of ["pool-worker.js", "typescript.js"]) copy(join("model", name));
// What nicetries run simulates and judges on.
copy("traces/real/rtapp-nine-busy.json");
for (const { from } of findRealTraces(".", ".")) copy(from);
const { name, version } = JSON.parse(readFileSync("package.json", "utf8"));
writeFileSync("dist/package.json", `${JSON.stringify({ name, version, type: "module" }, null, 2)}\n`);
