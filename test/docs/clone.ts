import { spawn } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ROOT } from "./pages.ts";

const LINKED = [
  "bench",
  "cli",
  "kernel-bridge",
  "model",
  "node_modules",
  "notebooks",
  "package.json",
  "scripts",
  "sim",
  "test",
  "traces",
  ".mocharc.json",
];
const COPIED = ["README.md", "docs", "examples"]; // what commands write beside or into

export interface Printed {
  code: number;
  stdout: string;
  stderr: string;
}

/** A folder that looks like a fresh clone after `npm ci`, where commands of a page may write what they like. */
export class Clone {
  readonly folder: string = mkdtempSync(join(tmpdir(), "nicetries-docs-"));
  private readonly bin = join(this.folder, ".bin");

  constructor() {
    for (const name of LINKED) symlinkSync(join(ROOT, name), join(this.folder, name));
    for (const name of COPIED) cpSync(join(ROOT, name), join(this.folder, name), { recursive: true });
    mkdirSync(this.bin);
    // What npx would find, without the half second that it takes to find it.
    const nicetries = `exec '${process.execPath}' '${ROOT}cli/nicetries.js' "$@"`;
    this.script("nicetries", nicetries);
    this.script(
      "npx",
      `name=$1; shift; if [ "$name" = nicetries ]; then ${nicetries}; fi; exec '${ROOT}node_modules/.bin/'"$name" "$@"`,
    );
  }

  private script(name: string, text: string): void {
    writeFileSync(join(this.bin, name), `#!/bin/sh\n${text}\n`, { mode: 0o755 });
  }

  write(name: string, text: string): void {
    writeFileSync(join(this.folder, name), text);
  }

  /** Runs a line as a reader's shell would. */
  run(line: string): Promise<Printed> {
    const child = spawn("bash", ["-c", line], {
      cwd: this.folder,
      env: { ...process.env, PATH: `${this.bin}:${process.env.PATH}`, OWN_PATH: process.env.PATH },
      stdio: ["ignore", "pipe", "pipe"],
    });
    const text = { stdout: "", stderr: "" };
    for (const name of ["stdout", "stderr"] as const)
      child[name].setEncoding("utf8").on("data", (chunk) => {
        text[name] += chunk;
      });
    return new Promise((resolve, reject) => {
      child.on("error", reject);
      child.on("close", (code) => resolve({ code: code ?? -1, ...text }));
    });
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}
