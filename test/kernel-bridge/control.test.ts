import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { controlStatus, deploymentScript, setControl } from "../../kernel-bridge/deploy/control.ts";

const FILES = {
  mode: "off shadow [decide] premigrate\n",
  arithmetic: "[fixed] float\n",
  watchdog: "off [on]\n",
  models:
    "slot 0 active serial 2 file 976 bytes memory 2112 bytes target 0 inputs 7 layers 2 float yes name m\n",
  rules: "comm postgres* slot 1\ncgroup 42 slot 2\n",
  counters: "calls_newly_idle 5\npredicted 3\n",
  memory: "models 2112\nper_cpu 1000\n",
  refusal: "offset 0: magic: found 0x1, expected 0x2\nwatchdog: hard cases: refuses\n",
};

describe("the control folder of a patched kernel", () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "nicetries-control-"));
    for (const [name, text] of Object.entries(FILES)) writeFileSync(join(folder, name), text);
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  it("says what is in force", () => {
    expect(controlStatus(folder)).to.deep.equal({
      mode: "decide",
      arithmetic: "fixed",
      watchdog: "on",
      tripped: "hard cases: refuses",
      models: [FILES.models.trim()],
      rules: ["comm postgres* slot 1", "cgroup 42 slot 2"],
      counters: { calls_newly_idle: 5, predicted: 3 },
      memory: { models: 2112, per_cpu: 1000 },
    });
  });

  it("takes the word that is written", () => {
    setControl("mode", "off", folder);
    expect(readFileSync(join(folder, "mode"), "utf8")).to.equal("off");
  });

  it("is not there on another kernel, and says what is expected", () => {
    expect(() => controlStatus(join(folder, "none"))).to.throw(
      /no patched kernel.*ENOENT.*root.*--kernel patched/,
    );
    expect(() => setControl("mode", "off", join(folder, "none"))).to.throw(/no patched kernel/);
  });

  it("gets a model by a script that ends at the first refusal", () => {
    const rules = [{ kind: "comm", what: "it's" }] as const;
    const script = deploymentScript("/bin/nt", {
      model: "/a b.nt",
      slot: 1,
      mode: "decide",
      arithmetic: "fixed",
      rules,
    });
    expect(script).to.contain("/bin/nt install 1 '/a b.nt' || exit 1\n");
    expect(script).to.contain("/bin/nt rule-add 1 comm 'it'\\''s' || exit 1\n");
  });
});
