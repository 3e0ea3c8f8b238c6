import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { RTAPP_FILES } from "../kernel-bridge/benchmarks/benchmarks.ts";
import { rtAppInVirtualTime, rtAppWorkload } from "../kernel-bridge/benchmarks/rt-app.ts";
import { buildKernel } from "../kernel-bridge/build/build-kernel.ts";
import { bootGuest } from "../kernel-bridge/guest/boot.ts";
import { type ClockName, guestClock } from "../kernel-bridge/guest/clock.ts";
import { shellWords } from "../kernel-bridge/guest/shell-words.ts";
import { simulateFile } from "../lab/simulate-file.ts";
import { median, QUICK, repeats, row } from "./share.ts";

/** Length of each rt-app file, s of its own time. */
const SECONDS = QUICK ? 1 : 10;
const CHIP = "8x1";
const MARK = "nicetries-mark";

/** What one file took: its own time and that of this machine by the clock, s; context switches. */
interface Speed {
  simulated: number;
  wall: number;
  switches: number;
}

const perSecond = ({ simulated, wall }: Speed): number => simulated / wall;

/**
 * Simulated seconds per second of the same rt-app files in the simulator and on the real kernel in QEMU: in its translator on this machine's
 * time, and in virtual time. The clocks of both count: a guest uses one or two processors, the simulator one.
 */
export async function kernelSpeed(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "nicetries-bench-"));
  try {
    const files = RTAPP_FILES.map((path) => shortened(path, folder));
    const own = await Promise.all(files.map(inSimulator));
    const translator = await inGuest(files, "host");
    const virtual = await inGuest(files, "virtual");
    files.forEach((file, i) => {
      const ratio = (guest: Speed) => `${(perSecond(own[i]) / perSecond(guest)).toFixed(0)} times as fast`;
      const shown = (speed: Speed) =>
        `${perSecond(speed).toFixed(perSecond(speed) < 10 ? 2 : 0)} s/s, ` +
        `${Math.round(speed.switches / speed.wall).toLocaleString("en")} switches/s`;
      row(
        basename(file, ".json"),
        shown(own[i]),
        shown(translator[i]),
        ratio(translator[i]),
        shown(virtual[i]),
        ratio(virtual[i]),
      );
    });
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** A copy of an rt-app file that ends sooner. */
function shortened(path: string, folder: string): string {
  const app = JSON.parse(readFileSync(path, "utf8"));
  app.global.duration = SECONDS;
  const copy = join(folder, basename(path));
  writeFileSync(copy, JSON.stringify(app));
  return copy;
}

async function inSimulator(file: string): Promise<Speed> {
  const speeds: Speed[] = [];
  for (let i = 0; i <= repeats(5); i++) {
    const { result, wallSeconds } = await simulateFile(file, { chip: CHIP, durationNs: SECONDS * 1e9 });
    if (i > 0 || QUICK)
      speeds.push({ simulated: SECONDS, wall: wallSeconds, switches: result.eventsByKind.switches });
  }
  const wall = median(speeds.map((speed) => speed.wall));
  return { ...speeds[0], wall };
}

/** All files one after the other in one boot. The guest says when each begins and ends, by its own clock and its count of switches. */
async function inGuest(files: readonly string[], name: ClockName): Promise<Speed[]> {
  const { bzImage } = await buildKernel("stock", { say: console.error });
  const mark = `echo "${MARK} $(cut -d' ' -f1 /proc/uptime) $(sed -n 's/^ctxt //p' /proc/stat)"`;
  const { setup, commands } = rtApps(files, name);
  const marks: { host: number; guest: number; switches: number }[] = [];
  let heard = "";
  const { outcome, serialLog, output } = await bootGuest({
    bzImage,
    topology: CHIP,
    clock: guestClock({ clock: name }),
    accelerator: "tcg",
    timeLimit: 3600,
    say: console.error,
    script: [
      setup,
      mark,
      ...commands.flatMap((command) => [`${shellWords(command)} > /dev/null 2>&1`, mark]),
    ].join("\n"),
    onOutput: (chunk) => {
      const lines = (heard + chunk.toString("latin1")).split("\n");
      heard = lines.pop()!;
      for (const line of lines) {
        const [, guest, switches] = new RegExp(`${MARK} ([\\d.]+) (\\d+)`).exec(line) ?? [];
        if (guest !== undefined)
          marks.push({ host: performance.now() / 1000, guest: Number(guest), switches: Number(switches) });
      }
    },
  });
  if (outcome !== "finished" || marks.length !== files.length + 1)
    throw new Error(
      `${marks.length} marks of ${files.length + 1} (${outcome}): see ${serialLog}\n${output.slice(-2000)}`,
    );
  return files.map((_, i) => ({
    simulated: marks[i + 1].guest - marks[i].guest,
    wall: marks[i + 1].host - marks[i].host,
    switches: marks[i + 1].switches - marks[i].switches,
  }));
}

/** What runs the files, and what must run before: in virtual time the length of rt-app's loop is measured once for all. */
function rtApps(files: readonly string[], clock: ClockName): { setup: string; commands: string[][] } {
  if (clock === "virtual") {
    const { setup, parts } = rtAppInVirtualTime(files.map((path) => ({ path })));
    return { setup, commands: parts.map(({ command }) => command) };
  }
  const own = files.map((path) => rtAppWorkload(path, false));
  return { setup: own[0].setup, commands: own.map(({ command }) => command) };
}
