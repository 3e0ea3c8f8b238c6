#!/usr/bin/env node
// Runs the TypeScript sources in place; tsx strips the types at load time.
import { register } from "tsx/esm/api";

register();
await import("./main.ts");
