#!/usr/bin/env node
// In a checkout, runs the TypeScript sources in place: tsx strips the types at load time. An installed package has no sources, but
// what was built from them.
import { existsSync } from "node:fs";

if (existsSync(new URL("./main.ts", import.meta.url))) {
  // Modules of both kinds: a policy in a folder without a package.json is CommonJS to Node, though it is written as a module.
  const [commonJs, esm] = await Promise.all([import("tsx/cjs/api"), import("tsx/esm/api")]);
  commonJs.register();
  esm.register();
  await import("./main.ts");
} else await import("../dist/cli/main.js");
