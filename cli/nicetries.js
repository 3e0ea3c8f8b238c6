#!/usr/bin/env node
// In a checkout, runs the TypeScript sources in place: tsx strips the types at load time. An installed package has no sources, but
// what was built from them.
import { existsSync } from "node:fs";

if (existsSync(new URL("./main.ts", import.meta.url))) {
  await (await import("../model/typescript.js")).understandTypeScript();
  await import("./main.ts");
} else await import("../dist/cli/main.js");
