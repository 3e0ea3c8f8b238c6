import { mkdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import type { Command } from "commander";
import {
  dumpScenarios,
  type KernelDump,
  MAX_KERNEL_CPUS,
  MAX_KERNEL_TASKS,
} from "../../kernel-bridge/lockstep/harness.ts";
import { chipName } from "../../lab/names.ts";
import type { Topology } from "../../sim/chip/topology.ts";
import { DEFAULT_TOPOLOGY, TOPOLOGY_PRESETS } from "../../sim/chip/topology-presets.ts";
import { compareScenario, type Difference } from "../../sim/lockstep/compare.ts";
import { type HarnessMachine, harnessMachine } from "../../sim/lockstep/harness-machine.ts";
import { formatScenario, parseScenario, type Scenario } from "../../sim/lockstep/scenario.ts";
import { writeFileAtomic } from "../../traces/atomic-file.ts";
import { InputError } from "../../traces/input-error.ts";
import { findScenarios, readDump, readScenario } from "../lockstep-files.ts";
import { generated, kindsHelp, MAX_STEPS } from "../lockstep-generate.ts";
import { differenceText } from "../lockstep-text.ts";
import { countOption } from "../option-values.ts";
import { note, print, printJson } from "../output.ts";
import { refuseReplacingInputs } from "../output-files.ts";
import { progressBar } from "../progress.ts";
import { UsageError } from "../report-failure.ts";
import { imageOf } from "./images.ts";
import * as option from "./options.ts";

interface Flags {
  generate: string[];
  steps?: number;
  out?: string;
  chip: string;
  compare?: boolean;
  timeLimit: number;
  json?: boolean;
}

/** A scenario to run, and the dump it has already. */
interface Job {
  name: string;
  scenario: Scenario;
  dump: string | null;
}

export function registerLockstep(kernel: Command): void {
  kernel
    .command("lockstep")
    .argument("[path]", "scenario FILE.scn, or a directory of them")
    .description("run scenarios on a real kernel's own scheduler, step by step, and write its dumps")
    .option(
      "--generate <kind:seeds>",
      "make scenarios instead, such as mixed:1-20 or all:7; may be repeated",
      (text: string, list: string[]) => [...list, text],
      [],
    )
    .option(
      "--steps <n>",
      "steps of generated scenarios (default: the kind's own)",
      countOption("--steps", 1, MAX_STEPS),
    )
    .option("--out <dir>", "write NAME.scn and NAME.txt.gz here (default: dumps beside their scenarios)")
    .option(
      "--chip <chip>",
      `the CPUs under test: ${Object.keys(TOPOLOGY_PRESETS).join(", ")}, or a file`,
      (text: string) => chipName(text),
      DEFAULT_TOPOLOGY,
    )
    .option("--compare", "run the simulator on the scenarios too, and compare each field")
    .addOption(option.timeLimitOption("kill a boot that runs longer", 3600))
    .option("--json", "print {scenarios, dumps, reproduced, problems, out, comparison}")
    .addHelpText(
      "after",
      `
Each scenario is run in two boots, in opposite order, and its dump kept only when both are the same. A scenario that
has a dump beside it is compared with that, and the dump left as it is. The kernel is Debian's linux-source-6.1 with
the harness of kernel-bridge/lockstep/ in it, built at the first call (a few minutes). Exit code 1: a scenario has no
dump, does not reproduce the one it had, or (--compare) the simulator differs.

${kindsHelp()}

Examples:
  nicetries kernel lockstep mine.scn --compare
  nicetries kernel lockstep test/conformance/corpus/mc --chip 8x1
  nicetries kernel lockstep --generate everything:1-50 --generate storm:1-10 --out dumps --compare --json`,
    )
    .action(run);
}

async function run(path: string | undefined, flags: Flags): Promise<void> {
  if ((path === undefined) === (flags.generate.length === 0))
    throw new UsageError("give either a path or --generate KIND:SEEDS");
  if (flags.generate.length > 0 && flags.out === undefined)
    throw new UsageError("generated scenarios need a place: give --out DIR");
  const { openChip } = await import("../../lab/sources.ts");
  const chip = openChip(flags.chip);
  const machine = machineFor(chip);
  const jobs = path === undefined ? generatedJobs(flags, chip) : jobsOf(path, chip, flags.out);
  const results = new Results(jobs, chip, flags, path); // and its folder, before minutes are spent
  const image = await imageOf("lockstep");
  const bar = progressBar("kernel");
  try {
    await dumpScenarios(
      {
        bzImage: image.bzImage,
        machine,
        control: machine.control,
        scenarios: jobs.map(({ name, scenario }) => ({ name, text: formatScenario(scenario) })),
        timeLimit: flags.timeLimit,
        progress: (done, total, what) => bar.update(done, total, what),
      },
      (dump) => results.take(dump),
    );
  } finally {
    bar.stop();
  }
  results.print();
}

/** @throws InputError where the harness cannot stand for the chip. */
function machineFor(chip: Topology): HarnessMachine {
  const machine = harnessMachine(chip);
  const cpus = machine?.hardware.cpus ?? 0;
  if (machine !== null && cpus <= MAX_KERNEL_CPUS) return machine;
  throw new InputError("the lockstep kernel cannot stand for this chip", {
    field: "chip",
    found:
      machine === null
        ? `${chip.name}, which is not regular`
        : `${chip.name}, ${cpus} CPUs with those that control`,
    expected: `equal caches and nodes of cores in order, at most ${MAX_KERNEL_CPUS} CPUs in all`,
  });
}

function generatedJobs(flags: Flags, chip: Topology): Job[] {
  const made = flags.generate.flatMap((text) => generated(text, chip.cpus.length, flags.steps));
  const unique = new Map(made.map((job) => [job.name, job]));
  return [...unique.values()].map((job) => ({ ...job, dump: null }));
}

function jobsOf(path: string, chip: Topology, out: string | undefined): Job[] {
  return findScenarios(path).map(({ name, path: file, dump }) => {
    if (out !== undefined)
      refuseReplacingInputs(
        [join(out, `${name}.scn`), join(out, `${name}.txt.gz`)],
        dump === null ? [file] : [file, dump],
      );
    const scenario = parseScenario(readScenario(file), file, chip.cpus.length);
    if (scenario.tasks.length > MAX_KERNEL_TASKS)
      throw new InputError("too many tasks for the lockstep kernel", {
        file,
        found: scenario.tasks.length,
        expected: `at most ${MAX_KERNEL_TASKS}`,
      });
    return { name, scenario, dump };
  });
}

/** Takes the dumps as they come: writes them, compares them with older ones and with the simulator. */
class Results {
  private readonly jobs: Map<string, Job>;
  private readonly chip: Topology;
  private readonly flags: Flags;
  /** Folder that dumps go to. */
  private readonly folder: string;
  private readonly problems: { scenario: string; problem: string }[] = [];
  private dumps = 0;
  private reproduced = 0;
  private readonly comparison = {
    scenarios: 0,
    equal: 0,
    fieldsCompared: 0,
    different: [] as string[],
    firstDifference: null as Difference | null,
  };

  constructor(jobs: readonly Job[], chip: Topology, flags: Flags, path: string | undefined) {
    this.jobs = new Map(jobs.map((job) => [job.name, job]));
    this.chip = chip;
    this.flags = flags;
    const beside = path === undefined || statSync(path).isDirectory() ? path : join(path, "..");
    this.folder = flags.out ?? beside!;
    mkdirSync(this.folder, { recursive: true });
  }

  take({ name, dump, problem }: KernelDump): void {
    const job = this.jobs.get(name)!;
    if (dump === null) {
      this.problems.push({ scenario: name, problem: problem! });
      return;
    }
    this.dumps++;
    if (job.dump !== null) {
      if (readDump(job.dump) === dump) this.reproduced++;
      else this.problems.push({ scenario: name, problem: `the dump differs from ${job.dump}` });
    }
    if (this.flags.out !== undefined || job.dump === null) this.write(job, dump);
    if (this.flags.compare) this.compare(job, dump);
  }

  private write({ name, scenario }: Job, dump: string): void {
    if (this.flags.out !== undefined)
      writeFileAtomic(join(this.folder, `${name}.scn`), formatScenario(scenario));
    writeFileAtomic(join(this.folder, `${name}.txt.gz`), gzipSync(dump, { level: 9 }));
  }

  private compare({ name, scenario }: Job, dump: string): void {
    const { comparison } = this;
    const result = compareScenario(name, scenario, this.chip, dump);
    comparison.scenarios++;
    comparison.fieldsCompared += result.fieldsCompared;
    if (result.equal) {
      comparison.equal++;
      return;
    }
    comparison.different.push(name);
    comparison.firstDifference ??= result.difference;
  }

  print(): void {
    const { problems, dumps, reproduced, comparison, folder: out } = this;
    const scenarios = this.jobs.size;
    if (problems.length > 0 || comparison.equal < comparison.scenarios) process.exitCode = 1;
    if (this.flags.json) {
      printJson({
        scenarios,
        dumps,
        reproduced,
        problems,
        out,
        comparison: this.flags.compare ? comparison : null,
      });
      return;
    }
    for (const { scenario, problem } of problems) note(`${scenario}: ${problem}`);
    print(`${dumps} of ${scenarios} scenarios dumped by two boots alike, in ${out}\n`);
    const old = [...this.jobs.values()].filter(({ dump }) => dump !== null).length;
    if (old > 0) print(`${reproduced} of ${old} older dumps reproduced\n`);
    if (!this.flags.compare) return;
    const { different, firstDifference, fieldsCompared } = comparison;
    if (firstDifference !== null) print(`${differenceText(firstDifference)}\n`);
    if (different.length > 1) print(`all that differ: ${different.join(", ")}\n`);
    print(
      `${comparison.equal} of ${comparison.scenarios} scenarios equal on ${this.chip.name}, ${fieldsCompared} fields compared\n`,
    );
  }
}
