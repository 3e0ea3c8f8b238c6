import { execFileSync, spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import fc from "fast-check";
import { CORPUS, cannotFuzz, corpusSeeds, fuzz } from "../../kernel-bridge/inference/fuzz/run.ts";
import { floatLogit } from "../../model/net-forward.ts";
import { SCHEMAS } from "../../model/nt-format.ts";
import { goldenPath, goldenVectors } from "../../model/nt-golden.ts";
import { HEADER, INPUT } from "../../model/nt-layout.ts";
import { decodeNt } from "../../model/nt-read.ts";
import { encodeFixedTree, encodeNt } from "../../model/nt-write.ts";
import { quantise } from "../../model/quantise.ts";
import { e1Net, hostileTree, randomNet, randomOf, resealed } from "../model/nt-nets.ts";
import { BUILDS, compile, compileFolder, compiler, runBatches, SOURCE } from "./inference-compile.ts";

describe("the C inference", () => {
  let folder: ReturnType<typeof compileFolder>;

  before(function () {
    if (compiler() === undefined) {
      console.log("      skipped: no C compiler; install gcc");
      this.skip();
    }
    folder = compileFolder();
  });
  after(() => folder?.remove());

  it("needs nothing from a C library and no floating point outside nt_float.c", () => {
    for (const [name, flags] of Object.entries(BUILDS)) {
      for (const unit of ["nt_validate", "nt_model", "nt_infer"]) {
        const object = join(folder.path, `${unit}.o`);
        execFileSync(compiler()!, [
          "-ffreestanding",
          ...flags,
          "-c",
          join(SOURCE, `${unit}.c`),
          "-o",
          object,
        ]);
        const wanted = execFileSync("nm", ["-u", object], { encoding: "utf8" }).split("\n").filter(Boolean);
        const foreign = wanted
          .map((l) => l.trim().split(/\s+/).pop()!)
          .filter((s) => !/^nt_|^mem(set|cpy)$|^_GLOBAL/.test(s));
        expect(foreign, `${unit}, ${name}`).to.deep.equal([]);
        const code = execFileSync("objdump", ["-d", "--no-show-raw-insn", object], { encoding: "utf8" });
        expect(code, `${unit}, ${name}`).not.to.match(
          /\t(v?(add|sub|mul|div|sqrt|cvt\w*)(ss|sd|ps|pd)|f(ld|add|mul)\w*)\s/,
        );
        if (flags.includes("-mgeneral-regs-only")) expect(code).not.to.match(/%[xyz]mm|%st/);
      }
    }
  });

  it("confirms the golden vectors written beside a model", () => {
    const program = compile(folder.path, "nt_golden", ["-O2"]);
    const random = randomOf("golden");
    for (const net of [
      e1Net(random),
      randomNet(random, [16, 24, 1], "relu"),
      randomNet(random, [5, 8, 4, 1], "sigmoid"),
    ]) {
      const model = join(folder.path, "g.nt");
      const bytes = encodeNt(net);
      writeFileSync(model, bytes);
      const golden = goldenPath(model);
      writeFileSync(golden, goldenVectors(bytes, 500));
      expect(execFileSync(program, [model, golden], { encoding: "utf8" })).to.equal("500\n");
      const wrong = readFileSync(golden, "utf8").replace(
        /(-?\d+) ([01])\n$/,
        (_, logit, d) => `${BigInt(logit) + 1n} ${d}\n`,
      );
      writeFileSync(golden, wrong);
      const run = spawnSync(program, [model, golden], { encoding: "utf8" });
      expect(run.status).to.equal(1);
      expect(run.stdout).to.match(/record 499: found -?\d+, expected -?\d+/);
    }
  });

  it("evaluates the float variant as the float network does, to single precision", () => {
    const program = compile(folder.path, "nt_batch", ["-O2"], "float");
    const random = randomOf("float");
    for (const activation of ["sigmoid", "relu", "identity"] as const) {
      const net = e1Net(random, activation);
      const float = floatLogit(net);
      const rows = Array.from({ length: 300 }, () => [
        Math.floor(random() * 1024),
        Math.floor(random() * 4e9) - 1e8,
        Math.floor(random() * 1000),
        Math.floor(random() * 4000),
        Math.floor(random() * 6),
        Math.floor(random() * 8e10),
        random() < 0.5 ? 0 : 1,
      ]);
      const records = BigUint64Array.from(rows.flat(), (v) => BigInt.asUintN(64, BigInt(v)));
      const batch = { file: encodeNt(net), net: quantise(net), records, count: rows.length };
      const { floats } = runBatches(program, [batch])[0];
      rows.forEach((row, r) => {
        const expected = float(row);
        expect(floats[r], `record ${r}`).to.be.closeTo(expected, 1e-4 * (1 + Math.abs(expected)));
      });
    }
  });

  it("accepts and refuses the same files as TypeScript", () => {
    const program = compile(folder.path, "nt_batch", ["-O2"], "accept");
    const file = encodeNt(e1Net(randomOf("accept")), { name: "parity" });
    const files: Uint8Array[] = [];
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat(file.length - 1), fc.nat(255)), { minLength: 1, maxLength: 3 }),
        fc.boolean(),
        (edits, seal) => {
          const bad = Uint8Array.from(file);
          for (const [at, value] of edits) bad[at] = value;
          files.push(seal ? resealed(bad) : bad);
        },
      ),
      { numRuns: 3000 },
    );
    // a tree: any change to its nodes, and to its header
    const tree = encodeFixedTree(hostileTree(randomOf("accept a tree"), 3, 9), 0, { name: "tree" });
    const nodes = HEADER.size + 3 * INPUT.size;
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat(tree.length - nodes - 1), fc.oneof(fc.nat(20), fc.nat(255))), {
          minLength: 1,
          maxLength: 3,
        }),
        (edits) => {
          const bad = Uint8Array.from(tree);
          for (const [at, value] of edits) bad[nodes + at] = value;
          files.push(resealed(bad));
        },
      ),
      { numRuns: 3000 },
    );
    for (const at of [HEADER.at.inputs, HEADER.at.layers, HEADER.at.logitFrac, HEADER.at.flags])
      for (let value = 0; value < 256; value++) files.push(resealed(tree.with(at, value)));
    for (let length = nodes - 8; length < tree.length; length += 4) {
      const short = tree.slice(0, length);
      new DataView(short.buffer).setUint32(HEADER.at.totalLength, length, true);
      files.push(resealed(short));
    }
    // every list of features, and ids around its end
    for (const { hash, features } of SCHEMAS)
      for (let id = features - 2; id < features + 3; id++) {
        const other = Uint8Array.from(file);
        const view = new DataView(other.buffer);
        view.setBigUint64(HEADER.at.schemaHash, hash, true);
        view.setUint16(HEADER.size, id, true);
        files.push(resealed(other));
      }
    // every value of every byte of the header, the inputs and the first layer's header
    for (let at = 0; at < HEADER.size + 2 * INPUT.size; at++) {
      for (const value of [0, 1, 3, 127, 128, 255]) files.push(resealed(file.with(at, value)));
    }
    const results = runBatches(
      program,
      files.map((f) => ({ file: f, records: new BigUint64Array(), count: 0 })),
    );
    let accepted = 0;
    files.forEach((bytes, i) => {
      const ts = refusal(bytes);
      expect(results[i].refused, `file ${i}: TypeScript says ${ts ?? "fine"}`).to.equal(ts !== undefined);
      if (ts === undefined) accepted++;
    });
    expect(accepted)
      .to.be.above(100)
      .and.below(files.length - 1000);
  });
});

describe("fuzzing the C reader", () => {
  before(function () {
    const why = cannotFuzz();
    if (why === undefined) return;
    console.log(`      skipped: ${why}`);
    this.skip();
  });

  for (const [name, flags] of [
    ["vectors", []],
    ["scalars", ["-DNT_SCALAR"]],
  ] as const) {
    it(`finds no fault in five seconds under the sanitizers (${name})`, () => {
      const { ok, executions, log } = fuzz(5, flags);
      expect(ok, log.split("\n").slice(-30).join("\n")).to.equal(true);
      expect(executions).to.be.above(500);
    });
  }

  it("starts from seeds the current reader accepts", () => {
    for (const [name, bytes] of corpusSeeds()) {
      expect(refusal(bytes), name).to.equal(undefined);
      expect(
        Buffer.compare(readFileSync(join(CORPUS, name)), bytes),
        `${name}: run fuzz/run.ts corpus`,
      ).to.equal(0);
    }
  });
});

function refusal(bytes: Uint8Array): string | undefined {
  try {
    decodeNt(bytes);
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
}
