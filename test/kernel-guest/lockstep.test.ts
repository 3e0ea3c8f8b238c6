import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { expect } from "chai";
import { dumpScenarios, type KernelDump } from "../../kernel-bridge/lockstep/harness.ts";
import { simulateFile } from "../../lab/simulate-file.ts";
import { presetTopology } from "../../sim/chip/topology-presets.ts";
import { compareScenario } from "../../sim/lockstep/compare.ts";
import { generateScenario, NOHZ_PREFIX } from "../../sim/lockstep/generate.ts";
import { harnessMachine } from "../../sim/lockstep/harness-machine.ts";
import { SCENARIO_KINDS } from "../../sim/lockstep/kinds.ts";
import { formatScenario, parseScenario, type Scenario } from "../../sim/lockstep/scenario.ts";
import { scratchFolder } from "../traces/support.ts";
import { image, needGuest } from "./support.ts";

const corpus = new URL("../conformance/corpus/", import.meta.url);

/** Today's, unless NICETRIES_LOCKSTEP_SEED names another: letters, digits and dots. */
const seed = process.env.NICETRIES_LOCKSTEP_SEED ?? new Date().toISOString().slice(0, 10).replaceAll("-", "");

/** One scenario of every kind, every other one with tickless idle; which ones, the seed's last digit decides. */
const kinds = Object.keys(SCENARIO_KINDS).map((kind, i) =>
  (i + seed.charCodeAt(seed.length - 1)) % 2 === 0 ? kind : NOHZ_PREFIX + kind,
);

/** Longer ones are cut: CI steps them on every change. */
const STEPS = 400;

const CHIPS = [
  [
    "i5-1035g1",
    [
      ...["mixed-1", "affinity-4", "overload-2", "policies-3", "renice-5", "yields-6"].map((n) => `smt/${n}`),
      ...["nested-1", "tight-1", "realtime-1", "nohz-containers-1"].map((n) => `groups-smt/${n}`),
    ],
  ],
  [
    "8x1",
    [
      ...["sleepers-501", "extremes-502", "affinity-503", "nine-501"].map((n) => `mc/${n}`),
      ...["movers-1", "throttled-1", "hogs-1", "nohz-fifo-1"].map((n) => `groups-mc/${n}`),
    ],
  ],
] as const;

describe("the lockstep kernel", () => {
  const scratch = scratchFolder();
  let bzImage: string;
  before(async function () {
    needGuest(this);
    ({ bzImage } = await image("lockstep"));
  });

  /** Both boots of some scenarios. */
  async function dumps(chip: string, scenarios: ReadonlyMap<string, Scenario>, before?: string) {
    const machine = harnessMachine(presetTopology(chip))!;
    const results = new Map<string, KernelDump>();
    await dumpScenarios(
      {
        bzImage,
        machine,
        control: machine.control,
        scenarios: [...scenarios].map(([name, scenario]) => ({ name, text: formatScenario(scenario) })),
        timeLimit: 600,
        before,
      },
      (result) => results.set(result.name, result),
    );
    return results;
  }

  for (const [chip, names] of CHIPS) {
    it(`reproduces the corpus on ${chip}, byte for byte`, async () => {
      const text = (name: string) => readFileSync(new URL(`${name}.scn`, corpus), "utf8");
      const results = await dumps(
        chip,
        new Map(names.map((name) => [name, parseScenario(text(name), name, 8)])),
      );
      for (const name of names) {
        const dump = gunzipSync(readFileSync(new URL(`${name}.txt.gz`, corpus))).toString();
        expect(results.get(name), name).to.deep.equal({ name, dump, problem: null });
      }
    });

    it(`steps fresh scenarios of every kind on ${chip}, and the simulator equals it in every field`, async () => {
      const made = new Map(kinds.map((kind) => [kind, generateScenario(kind, seed, 8, stepsOf(kind))]));
      const again = kinds.map((kind) => `--generate ${kind}:${seed}`).join(" ");
      console.log(
        `      seed ${seed}; these again:\n      NICETRIES_LOCKSTEP_SEED=${seed} npm run test:kernel -- --grep 'on ${chip}'\n` +
          `      or, whole: npx nicetries kernel lockstep --chip ${chip} --out /tmp/dumps --compare ${again}`,
      );
      expect(made.size).to.be.at.least(12);
      const results = await dumps(chip, made);
      const wrong = kinds.flatMap((kind) => {
        const { dump, problem } = results.get(kind)!;
        if (dump === null) return [`${kind}: ${problem}`];
        const { difference } = compareScenario(kind, made.get(kind)!, presetTopology(chip), dump);
        return difference === null ? [] : [`${kind}: ${JSON.stringify(difference, null, 2)}`];
      });
      expect(wrong.join("\n"), `seed ${seed}`).to.equal("");
    });
  }

  it("does in a whole simulated run, operation by operation, what the simulator did", async () => {
    const { asScenario, operations } = await writtenRun();
    expect(operations).to.be.above(5000);
    const scenario = parseScenario(readFileSync(asScenario, "utf8"), asScenario, 8);
    const dump = gunzipSync(readFileSync(asScenario.replace(/scn$/, "txt.gz"))).toString();
    const results = await dumps("i5-1035g1", new Map([["numeric", scenario]]));
    expect(results.get("numeric")).to.deep.equal({ name: "numeric", dump, problem: null });
  });

  /** The first run of the table in docs/lockstep.md. */
  async function writtenRun() {
    const asScenario = scratch("numeric.scn");
    const { scenario } = await simulateFile("numeric", { durationNs: 2e9, asScenario });
    return { asScenario, ...scenario! };
  }

  for (const [what, before, reason] of [
    [
      "a feature that draws lots",
      "echo NI_RANDOM > /sys/kernel/debug/sched/features",
      "feature NI_RANDOM is on",
    ],
    [
      "a tunable of its own",
      "echo 400000 > /sys/kernel/debug/sched/migration_cost_ns",
      "migration_cost_ns is 400000, not 500000",
    ],
    [
      "a CPU less",
      "echo 0 > /sys/devices/system/cpu/cpu9/online",
      /^failed: (the number of CPUs|online CPUs)/,
    ],
    [
      "another clock",
      "mount -t tmpfs none /sys/devices/system/clocksource/clocksource0; " +
        "seq() { echo 1; }; " + // nor is it waited for
        "echo jiffies > /sys/devices/system/clocksource/clocksource0/current_clocksource",
      "the clock source is jiffies, not tsc",
    ],
  ] as const)
    it(`says so at once, instead of dumps, where a guest has ${what}`, async () => {
      const scenarios = new Map([["mixed", generateScenario("mixed", "1", 8, 20)]]);
      const { dump, problem } = (await dumps("8x1", scenarios, before)).get("mixed")!;
      expect(dump).to.equal(null);
      if (typeof reason === "string") expect(problem).to.equal(`failed: ${reason}`);
      else expect(problem).to.match(reason);
    });
});

const stepsOf = (kind: string): number =>
  Math.min(STEPS, SCENARIO_KINDS[kind.startsWith(NOHZ_PREFIX) ? kind.slice(NOHZ_PREFIX.length) : kind].steps);
