import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { expect } from "chai";

const ROOT = fileURLToPath(new URL("../", import.meta.url));

/**
 * What each layer may import from the project besides itself; a path is a folder or a single file. The arrows of
 * docs/design.md point one way: simulator and models meet in traces only, lab/ composes them, and the
 * command line speaks.
 */
const MAY_IMPORT: Record<string, readonly string[]> = {
  traces: [],
  sim: [
    ...["traces/schema.ts", "traces/input-error.ts", "traces/json.ts", "traces/timeline.ts"],
    ...["traces/balance-pass.ts", "traces/forced-moves.ts"],
    ...["traces/timelines/history-listener.ts", "traces/timelines/life.ts"],
  ],
  model: ["traces"],
  adapt: ["traces", "model"],
  "kernel-bridge": ["model", "adapt", "traces"],
  fidelity: ["traces"],
  explorer: ["traces"],
  lab: ["sim", "traces", "model", "adapt", "fidelity", "explorer"],
  report: ["traces"],
  notebooks: ["sim", "traces", "model", "kernel-bridge", "lab", "report"],
  cli: ["sim", "traces", "model", "adapt", "fidelity", "kernel-bridge", "lab", "report", "explorer"],
};

/**
 * The rooms of the simulator and what each may import from the others; a file that lies in sim/ itself is a room of its
 * own. As in the kernel, core.c knows classes by their operations only: sim/sched/ lies below sim/fair/.
 */
const ROOMS: Record<string, readonly string[]> = {
  lib: [],
  engine: [],
  chip: [],
  "notes.ts": [],
  "parameters.ts": [],
  "tunables.ts": [],
  policy: ["engine", "parameters.ts", "tunables.ts"],
  state: ["lib", "chip", "policy", "tunables.ts"],
  pelt: ["lib", "state"],
  domains: ["lib", "chip", "state", "pelt"],
  place: ["lib", "policy", "state", "pelt", "domains"],
  sched: ["lib", "state", "pelt", "place"],
  fair: ["lib", "state", "pelt", "place", "sched"],
  rt: ["lib", "tunables.ts", "state", "pelt", "sched"],
  balance: ["lib", "tunables.ts", "policy", "state", "pelt", "domains", "place", "sched"],
  "core.ts": [
    "lib",
    "chip",
    "tunables.ts",
    "policy",
    "state",
    "domains",
    "place",
    "sched",
    "rt",
    "fair",
    "balance",
  ],
  workload: ["engine", "chip", "notes.ts", "parameters.ts"],
  output: ["state", "core.ts"],
  lockstep: ["engine", "chip", "state", "core.ts"],
  run: [
    ...["lib", "engine", "chip", "policy", "state", "core.ts", "workload", "output"],
    ...["notes.ts", "parameters.ts", "tunables.ts"],
  ],
  "simulator.ts": ["chip", "workload", "output", "run"],
};

/** Modules that touch the world outside the process: none of them in the simulator. */
const OUTSIDE = /^node:(fs|net|http|https|child_process|worker_threads|os|process|dgram|tls|readline)(\/|$)/;

interface Import {
  file: string;
  target: string;
  /** `import type`: gone when the code runs. */
  typeOnly?: boolean;
}

function sources(folder: string): string[] {
  return readdirSync(join(ROOT, folder), { withFileTypes: true }).flatMap((entry) => {
    if (entry.name.startsWith(".")) return []; // a notebook that is run beside this has a file for a moment
    const path = `${folder}/${entry.name}`;
    if (entry.isDirectory())
      return entry.name === "node_modules" || entry.name === "out" ? [] : sources(path);
    return /\.[mc]?tsx?$/.test(entry.name) ? [path] : [];
  });
}

/** Import specifiers of a source text: static, side-effect, re-export and dynamic; comments do not count. */
function specifiersOf(text: string): string[] {
  const code = text.replace(/\/\*[\s\S]*?\*\//g, "").replace(/^\s*\/\/.*$/gm, "");
  const found = [
    ...code.matchAll(/^\s*(?:import|export)\b[^;'"`]*?\bfrom\s*["']([^"']+)["']/gm),
    ...code.matchAll(/^\s*import\s*["']([^"']+)["']/gm),
    ...code.matchAll(/\bimport\(\s*["']([^"']+)["']/g),
    ...code.matchAll(/\bnew URL\(\s*["'](\.[^"']+\.ts)["']/g),
  ];
  return found.map((match) => match[1]);
}

function importsOf(file: string): Import[] {
  const text = readFileSync(join(ROOT, file), "utf8");
  const values = new Set(specifiersOf(text.replace(/^import type\b[^;]*;/gm, "")));
  return specifiersOf(text).map((specifier) => ({
    file,
    target: specifier.startsWith(".") ? relative(ROOT, resolve(ROOT, dirname(file), specifier)) : specifier,
    typeOnly: !values.has(specifier),
  }));
}

/** The packages that a file loads when it is loaded itself: what it imports later, in a function, does not count. */
function packagesOf(file: string, seen = new Set<string>()): Set<string> {
  const packages = new Set<string>();
  if (seen.has(file)) return packages;
  seen.add(file);
  const text = readFileSync(join(ROOT, file), "utf8").replace(/\bimport\(/g, "");
  for (const specifier of specifiersOf(text.replace(/^(?:import|export) type\b[^;]*;/gm, "")))
    if (specifier.startsWith("."))
      for (const each of packagesOf(relative(ROOT, resolve(ROOT, dirname(file), specifier)), seen))
        packages.add(each);
    else if (!specifier.startsWith("node:")) packages.add(specifier);
  return packages;
}

const layers = Object.keys(MAY_IMPORT);
const all = layers.flatMap((layer) => sources(layer)).flatMap(importsOf);
const layerOf = (path: string) => path.split("/")[0];
const roomOf = (path: string) => path.split("/")[1];
/** The structs of the scheduler point at each other, as in kernel/sched/sched.h: their types may go round. */
const isPointer = ({ file, target, typeOnly }: Import) =>
  typeOnly === true && file.startsWith("sim/state/") && target.startsWith("sim/state/");
/** The imports that lead from a file back to itself, as one path; [] where there is none. Types count. */
function circle(imports: readonly Import[]): string[] {
  const targets = new Map<string, string[]>();
  for (const { file, target } of imports) targets.set(file, [...(targets.get(file) ?? []), target]);
  const done = new Set<string>();
  const path: string[] = [];
  const visit = (file: string): string[] => {
    const at = path.indexOf(file);
    if (at >= 0) return [...path.slice(at), file];
    if (done.has(file)) return [];
    path.push(file);
    for (const target of targets.get(file) ?? []) {
      const found = visit(target);
      if (found.length > 0) return found;
    }
    path.pop();
    done.add(file);
    return [];
  };
  for (const file of targets.keys()) {
    const found = visit(file);
    if (found.length > 0) return found;
  }
  return [];
}

const show = ({ file, target }: Import) => `${file} imports ${target}`;

describe("the architecture", () => {
  it("is checked on what imports really look like", () => {
    const text = [
      'import a from "./a.ts";',
      'import {\n  b,\n  c as d,\n} from "./b.ts";',
      'import type { E } from "./e.ts";',
      'import "./f.ts";',
      'export { g } from "./g.ts";',
      'export * from "./h.ts";',
      'const i = await import("./i.ts");',
      'new Worker(new URL("./j.ts", import.meta.url));',
      '// import k from "./k.ts";',
      '/* import l from "./l.ts"; */',
      'const text = "no import at all";',
    ].join("\n");
    expect(specifiersOf(text).sort()).to.deep.equal(
      ["a", "b", "e", "f", "g", "h", "i", "j"].map((n) => `./${n}.ts`),
    );
    expect(all.length).to.be.greaterThan(100);
  });

  for (const layer of layers)
    it(`lets ${layer}/ import only ${["itself", ...MAY_IMPORT[layer]].join(", ")}`, () => {
      const allowed = MAY_IMPORT[layer];
      const wrong = all.filter(({ file, target }) => {
        if (layerOf(file) !== layer || !layers.includes(layerOf(target)) || layerOf(target) === layer)
          return false;
        return !allowed.some((path) => target === path || target.startsWith(`${path}/`));
      });
      expect(wrong.map(show)).to.deep.equal([]);
    });

  it("knows all rooms of the simulator, in an order in which each imports only from those before it", () => {
    const rooms = Object.keys(ROOMS);
    expect(new Set(sources("sim").map(roomOf))).to.deep.equal(new Set(rooms));
    for (const [i, room] of rooms.entries())
      expect(rooms.slice(0, i), room).to.include.members([...ROOMS[room]]);
  });

  for (const [room, allowed] of Object.entries(ROOMS))
    it(`lets sim/${room} import of the simulator only ${["itself", ...allowed].join(", ")}`, () => {
      const imports = all.filter(
        ({ file, target }) =>
          layerOf(file) === "sim" &&
          layerOf(target) === "sim" &&
          roomOf(file) === room &&
          roomOf(target) !== room,
      );
      expect(imports.filter(({ target }) => !allowed.includes(roomOf(target))).map(show)).to.deep.equal([]);
      expect(
        allowed.filter((other) => imports.every(({ target }) => roomOf(target) !== other)),
        "arrows without use",
      ).to.deep.equal([]);
    });

  it("has no circles of imports", () => {
    const edge = (file: string, target: string): Import => ({ file, target });
    expect(circle([edge("a", "b"), edge("b", "c"), edge("a", "c")])).to.deep.equal([]);
    expect(circle([edge("a", "b"), edge("b", "c"), edge("c", "b")])).to.deep.equal(["b", "c", "b"]);
    expect(circle(all.filter((edge) => !isPointer(edge)))).to.deep.equal([]);
  });

  it("keeps tests and benchmarks out of the product", () => {
    expect(all.filter(({ target }) => /^(test|bench)\//.test(target)).map(show)).to.deep.equal([]);
  });

  it("imports no file outside the repository's layers", () => {
    const strays = all.filter(({ target }) => target.startsWith("../") || target.startsWith("/"));
    expect(strays.map(show)).to.deep.equal([]);
  });

  it("loads libraries only where they are used: help, completion and errors of names wait for none", () => {
    const light = ["commander", "seedrandom"];
    const heavy = (file: string) => [...packagesOf(file)].filter((name) => !light.includes(name));
    expect(heavy("cli/main.ts")).to.deep.equal([]);
    for (const file of sources("cli/commands")) expect(heavy(file), file).to.deep.equal([]);
    expect(heavy("cli/simulate/action.ts")).to.deep.equal([]);
  });

  it("keeps lab/ from printing and ending the process, and what it composes from the words of the command line", () => {
    const notCode = /\/\*[\s\S]*?\*\/|^\s*\/\/.*$|spawnSync\(process\.execPath.*$|perf sched script --ns/gm; // Node and perf have options of their own
    const using = (layer: string, words: RegExp) =>
      sources(layer).filter((file) =>
        words.test(readFileSync(join(ROOT, file), "utf8").replace(notCode, "")),
      );
    expect(using("lab", /\bprocess\.(stdout|stderr|exit|exitCode|argv)\b|\bconsole\./)).to.deep.equal([]);
    for (const layer of ["sim", "traces", "model", "lab"])
      expect(
        using(
          layer,
          /["'` ]--[a-z]{2}[a-z-]*(?![\w.])|`nicetries (simulate|trace|train|evaluate|model|kernel|run) /,
        ),
        layer,
      ).to.deep.equal([]);
    const commander = all.filter(({ file, target }) => layerOf(file) === "lab" && target === "commander");
    expect(commander.map(show)).to.deep.equal([]);
  });

  it("keeps the simulator away from files, processes, clocks of the machine and Math.random", () => {
    const outside = all.filter(({ file, target }) => layerOf(file) === "sim" && OUTSIDE.test(target));
    expect(outside.map(show)).to.deep.equal([]);
    const impure = sources("sim").filter((file) => {
      const code = readFileSync(join(ROOT, file), "utf8").replace(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, "");
      return /\bMath\.random\b|\bDate\.now\b|\bnew Date\b|\bperformance\.now\b/.test(code);
    });
    expect(impure).to.deep.equal([]);
  });
});
