/**
 * Benchmarks: ratios and medians, each beside something to compare with.
 *
 *   npm run bench                  all of them but kernel, which boots guests
 *   npm run bench -- core traces   some of them
 *   npm run bench -- --quick       do they still run?
 */
const BENCHES = {
  core: () => import("./core.ts"),
  simulate: () => import("./simulate.ts"),
  profile: () => import("./profile.ts"),
  sweep: () => import("./sweep.ts"),
  start: () => import("./start.ts"),
  traces: () => import("./traces.ts"),
  recordings: () => import("./recordings.ts"),
  model: () => import("./model.ts"),
  inference: () => import("./inference.ts"),
  explorer: () => import("./explorer.ts"),
  kernel: () => import("./kernel.ts"),
} as const;

const words = process.argv.slice(2).filter((word) => word !== "--quick");
const unknown = words.find((w) => !Object.hasOwn(BENCHES, w));
if (unknown !== undefined) {
  console.error(`no benchmark ${unknown}; there are ${Object.keys(BENCHES).join(", ")}`);
  process.exit(2);
}
for (const name of (words.length > 0
  ? words
  : Object.keys(BENCHES).filter((name) => name !== "kernel")) as (keyof typeof BENCHES)[]) {
  console.log(`\n== ${name}`);
  await (await BENCHES[name]()).run();
}
