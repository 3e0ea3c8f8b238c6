import { gzipSync } from "node:zlib";
import type { HardwareKey } from "../sim/chip/hardware.ts";
import type { Tunables } from "../sim/core.ts";
import { formatScenario, type Scenario } from "../sim/lockstep/scenario.ts";
import { Scribe } from "../sim/lockstep/scribe.ts";
import { type SimulateOptions, simulate } from "../sim/simulator.ts";
import { writeFilesAtomic } from "../traces/atomic-file.ts";
import { RequestError } from "../traces/input-error.ts";

/** What a run has to do without that is to be repeated by the lockstep harness: it has these at 0. */
const NOT_INJECTED = ["tickOffsetNs", "tickJitterNs", "nohzKickJitterNs"] as const satisfies HardwareKey[];

export const WITHOUT =
  "ticks come at their jiffy and nohz kicks at once, the kernel measures 0 ns for its own balancing and draws no random numbers (NI_RANDOM), tasks are woken at their start, not forked";

/** Writes a run down as a scenario, with the dump of the simulator's own state beside it. */
export class ScenarioOut {
  /** The simulation that can be written down. */
  readonly setup: SimulateOptions;
  private scribe: Scribe | undefined;
  private readonly path: string;

  /** @throws RequestError for a policy or tunables that the harness does not have */
  constructor(path: string, setup: SimulateOptions) {
    if (setup.policy !== undefined)
      throw new RequestError("asScenario", "needs the policy cfs: the kernel's own rule decides there");
    const { nohz: _, ...others } = setup.tunables ?? {};
    const [name] = Object.keys(others) as (keyof Tunables)[];
    if (name !== undefined)
      throw new RequestError("asScenario", "needs Linux's default tunables, all but nohz", { found: name });
    if (setup.background)
      throw new RequestError("asScenario", "needs the background off: scenarios have no kernel threads");
    this.path = path;
    this.setup = {
      ...setup,
      hardware: { ...setup.hardware, ...Object.fromEntries(NOT_INJECTED.map((key) => [key, 0])) },
      makeCore: (options) => {
        this.scribe = new Scribe(options);
        return this.scribe;
      },
    };
  }

  /** Writes both files, after the run. The run is repeated for its dump, which needs to know the scenario. */
  write(): { tasks: number; operations: number } {
    const { scenario } = this.scribe!;
    const dump = dumpOf(this.setup, scenario);
    writeFilesAtomic([
      [this.path, formatScenario(scenario)],
      [dumpPath(this.path), gzipSync(dump, { level: 9 })],
    ]);
    return { tasks: scenario.tasks.length, operations: scenario.steps.length };
  }
}

/** Where `nicetries lockstep` looks for the dump of a scenario. */
export const dumpPath = (path: string): string => path.replace(/\.scn$/, ".txt.gz");

function dumpOf(setup: SimulateOptions, scenario: Scenario): string {
  const lines: string[] = [];
  let scribe: Scribe | undefined;
  simulate({
    ...setup,
    onProgress: undefined,
    makeCore: (options) => {
      scribe = new Scribe(options, scenario, (line) => lines.push(line));
      return scribe;
    },
  });
  scribe!.end();
  return `${lines.join("\n")}\n`;
}
