#!/usr/bin/env node
// Runs the TypeScript sources in place; tsx strips the types at load time. Modules of both kinds: a policy in a folder
// without a package.json is CommonJS to Node, though it is written as a module.
import { register as registerCommonJs } from "tsx/cjs/api";
import { register } from "tsx/esm/api";

registerCommonJs();
register();
await import("./main.ts");
