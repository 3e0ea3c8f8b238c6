import { spawnSync } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { goldenVectors } from "../../model/nt-golden.ts";
import { decodeNt } from "../../model/nt-read.ts";
import { encodeNt } from "../../model/nt-write.ts";
import { e1Net, randomOf } from "./nt-nets.ts";

const MAIN = new URL("../../cli/main.ts", import.meta.url).pathname;

function nicetries(...args: string[]) {
  return spawnSync(process.execPath, ["--import", "tsx", MAIN, ...args], { encoding: "utf8" });
}

describe("nicetries model", () => {
  const folder = mkdtempSync(join(tmpdir(), "nt-command-"));
  const model = join(folder, "m.nt");
  const bytes = encodeNt(e1Net(randomOf("command")), { name: "e1" });

  before(() => writeFileSync(model, bytes));
  after(() => rmSync(folder, { recursive: true, force: true }));

  it("info shows inputs, layers and units", () => {
    const text = nicetries("model", "info", model);
    expect(text.status, text.stderr).to.equal(0);
    expect(text.stdout)
      .to.match(/e1, 7-9-1, target migrate, 976 bytes/)
      .and.match(/task_vruntime +identity/);
    const json = JSON.parse(nicetries("model", "info", model, "--json").stdout);
    expect(json).to.include({ name: "e1", bytes: 976, target: "migrate", floatWeights: true });
    expect(json.layers[0]).to.include({ inputs: 7, outputs: 9, activation: "sigmoid" });
    expect(json.layers[0].sumBits).to.be.at.most(32);
  });

  for (const format of ["onnx", "safetensors"]) {
    it(`export and import over ${format} give the same model file, with golden vectors`, () => {
      const out = nicetries("model", "export", model, "--to", format, "--json");
      expect(out.status, out.stderr).to.equal(0);
      const foreign = JSON.parse(out.stdout).out;
      const back = join(folder, `back-${format}.nt`);
      const run = nicetries("model", "import", foreign, "--out", back, "--name", "e1", "--json");
      expect(run.status, run.stderr).to.equal(0);
      expect(Buffer.compare(readFileSync(back), bytes)).to.equal(0);
      const { golden } = JSON.parse(run.stdout);
      expect(readFileSync(golden, "utf8")).to.equal(goldenVectors(bytes));
      expect(decodeNt(readFileSync(back)).name).to.equal("e1");
    });
  }

  it("never replaces what it reads, nor a file of another kind, and exits with 2", () => {
    const onnx = join(folder, "own.onnx");
    expect(nicetries("model", "export", model, "--to", "onnx", "--out", onnx).status).to.equal(0);
    const kept = readFileSync(onnx);
    const [alias, other] = [join(folder, "alias.onnx"), join(folder, "m.golden.txt")];
    symlinkSync(model, alias);
    writeFileSync(other, "keep me");
    symlinkSync(onnx, join(folder, "alias.nt"));
    const refused: [string[], RegExp][] = [
      [["export", model, "--to", "onnx", "--out", alias], /would replace .*alias\.onnx \(it is .*m\.nt\)/],
      [["export", model, "--to", "onnx", "--out", model], /--out must end in \.onnx, found .*m\.nt/],
      [["export", model, "--to", "safetensors", "--out", other], /must end in \.safetensors/],
      [["import", onnx, "--out", onnx], /must end in \.nt, found .*own\.onnx/],
      [["import", onnx, "--out", join(folder, "alias.nt")], /would replace .*alias\.nt/],
    ];
    for (const [args, message] of refused) {
      const run = nicetries("model", ...args);
      expect(run.stderr).to.match(message);
      expect(run.status).to.equal(2);
    }
    expect(Buffer.compare(readFileSync(model), bytes)).to.equal(0);
    expect(Buffer.compare(readFileSync(onnx), kept)).to.equal(0);
    expect(readFileSync(other, "utf8")).to.equal("keep me");
  });

  it("refuses an unknown format as wrong usage, and leaves nothing behind for a damaged file", () => {
    const usage = nicetries("model", "export", model, "--to", "pickle");
    expect(usage.status).to.equal(2);
    expect(usage.stderr).to.match(/--to needs one of onnx, safetensors, found "pickle"/);
    const bad = join(folder, "bad.onnx");
    writeFileSync(bad, "not a model");
    const run = nicetries("model", "import", bad);
    expect(run.status).to.equal(1);
    expect(run.stderr).to.match(/bad\.onnx/);
    expect(existsSync(join(folder, "bad.nt"))).to.equal(false);
    const missing = nicetries("model", "info", join(folder, "no.nt"));
    expect(missing.status).to.equal(1);
    expect(missing.stderr).to.match(/no\.nt: cannot read the model file/);
  });

  it("import writes both files or none, and a name that does not fit is wrong usage", () => {
    const onnx = join(folder, "whole.onnx");
    expect(nicetries("model", "export", model, "--to", "onnx", "--out", onnx).status).to.equal(0);
    mkdirSync(join(folder, "whole.golden.txt"));
    const half = nicetries("model", "import", onnx);
    expect(half.status).to.equal(1);
    expect(half.stderr).to.match(/whole\.golden\.txt/);
    expect(existsSync(join(folder, "whole.nt"))).to.equal(false);
    const name = nicetries("model", "import", onnx, "--name", "éé", "--out", join(folder, "named.nt"));
    expect(name.status).to.equal(2);
    expect(name.stderr).to.match(/name/);
    const missing = nicetries("model", "import", join(folder, "no.onnx"));
    expect(missing.status).to.equal(1);
    expect(missing.stderr).to.match(/no\.onnx: cannot read the model file: there is no such file/);
  });
});
