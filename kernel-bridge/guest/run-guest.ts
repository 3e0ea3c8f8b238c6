import { spawn } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { atEnd } from "../../traces/at-end.ts";
import { InputError } from "../../traces/input-error.ts";
import { BRIDGE, cacheFolder } from "../cache.ts";
import { findProgram } from "../find-program.ts";
import { GUEST_PATH } from "../programs.ts";
import { isAlive } from "../run-process.ts";
import { withScratch } from "../scratch.ts";
import { sudo } from "../sudo.ts";
import { clockNotes, type GuestClock } from "./clock.ts";
import { guestInitramfs, memoryInitramfs } from "./initramfs.ts";
import type { Accelerator } from "./kvm-probe.ts";
import { rootEntries, sharedEntries } from "./memory-root.ts";
import { hostTimeQemu } from "./qemu.ts";
import { type Chipset, type GuestChip, type GuestTopology, qemuArguments } from "./qemu-arguments.ts";
import { shellWords } from "./shell-words.ts";
import { serveTerminal } from "./terminal.ts";

export interface GuestOptions {
  bzImage: string;
  /** Words to run in the guest, in the same folder as here; without it and `script`, an interactive shell. */
  command?: readonly string[];
  /** Shell script to run instead of `command`. */
  script?: string;
  topology?: GuestTopology | GuestChip;
  /** Default: the host's. Virtual time needs TCG. */
  clock?: GuestClock;
  chipset?: Chipset;
  memoryMiB?: number;
  /**
   * Files of the host that the guest gets as its whole root, in its memory; the rest of the host it does not see. It asks the host for
   * nothing until the command has ended. In virtual time two such runs with one seed are equal to the byte.
   */
  ownRoot?: readonly string[];
  /** Seconds of the host from start to end; then the guest is killed. 0: no limit. */
  timeLimit?: number;
  /** Seconds that the command may print nothing; then the guest is killed. Default: no limit. */
  silenceLimit?: number;
  /** Folder shared as /nicetries; without it a temporary one, removed at the end. */
  exchange?: string;
  /** Where the kernel's log is kept. */
  serialLog?: string;
  /** Further words of the kernel command line. */
  append?: string;
  /** Written to migration_cost_ns before the command runs. */
  migrationCostNs?: number;
  /** The command's output (its stdout and stderr share a serial line), as it comes. */
  onOutput?: (chunk: Buffer) => void;
  /** Gets what makes the guest stand still when it is started. */
  onStart?: (guest: Halt) => void;
}

/** Stops the whole machine, as SIGSTOP does with a process. In virtual time nothing happens in it until it is resumed. */
export interface Halt {
  pause(): void;
  resume(): void;
  /** Ends it. */
  kill(): void;
}

export interface GuestResult {
  /** The command's exit code; 124 at the time limit, 125 when the guest ended without one. */
  exitCode: number;
  /** "not ready": it did not reach the command in time. */
  outcome: "finished" | "time limit" | "died" | "not ready";
  accelerator: Accelerator;
  /** What moved the guest's time, as traces store it (clockNotes). */
  clock: Record<string, string>;
  /** Of the host's time. */
  seconds: number;
  serialLog: string;
  /** The last 8 MiB of output. */
  output: string;
}

export const TIME_LIMIT_CODE = 124;
export const DIED_CODE = 125;

/**
 * A guest that has not said "ready" by then hangs (seconds). TCG takes about 5, in virtual time, where one thread does all the work,
 * about 15; more on a busy machine.
 */
export const READY_LIMIT = { kvm: 40, tcg: 180, virtual: 600 } as const;

/** The limit that holds for an accelerator and a clock. */
export const readyLimitOf = (accelerator: Accelerator, clock?: GuestClock): number =>
  READY_LIMIT[clock?.name === "virtual" ? "virtual" : accelerator];

const READY = "nicetries: guest ready";

/** Boots once with the given accelerator, runs the command, and waits for the end. */
export function runGuest(
  accelerator: Accelerator,
  options: GuestOptions,
  readyLimit: number = readyLimitOf(accelerator, options.clock),
): Promise<GuestResult> {
  return withScratch("guest", (scratch) => runIn(scratch, accelerator, options, readyLimit));
}

async function runIn(
  scratch: string,
  accelerator: Accelerator,
  options: GuestOptions,
  readyLimit: number,
): Promise<GuestResult> {
  const begin = Date.now();
  const exchange = options.exchange ?? join(scratch, "exchange");
  mkdirSync(exchange, { recursive: true });
  const interactive = options.command === undefined && options.script === undefined;
  const serialLog = options.serialLog ?? freshSerialLog();
  writeFileSync(serialLog, "");
  writeOrders(exchange, options, interactive);
  const silence: Limit = { why: "time limit", seconds: options.silenceLimit ?? 0 };
  const terminal = await serveTerminal(join(scratch, "terminal"), interactive, (chunk) => {
    silence.timer?.refresh();
    options.onOutput?.(chunk);
  });
  const clock: GuestClock = options.clock ?? { name: "host" };
  const args = qemuArguments({
    accelerator,
    clock,
    topology: options.topology ?? "4x2",
    chipset: options.chipset,
    memoryMiB: options.memoryMiB ?? 4096,
    bzImage: options.bzImage,
    initramfs: initramfs(scratch, exchange, options.ownRoot),
    ownRoot: options.ownRoot !== undefined,
    exchange,
    serialLog,
    terminal: terminal.path,
    append: options.append ?? "",
  });
  const ready = () => readFileSync(serialLog, "latin1").includes(READY);
  const limits: Limit[] = [
    { why: "not ready", seconds: readyLimit, unless: ready },
    { why: "time limit", seconds: options.timeLimit ?? 0 },
    silence,
  ];
  const qemu = clock.name === "virtual" ? clock.qemu.path : hostTimeQemu();
  const end = await runQemu(qemu, args, limits, options.onStart);
  await terminal.close();
  const result = {
    accelerator,
    clock: clockNotes(clock),
    seconds: (Date.now() - begin) / 1000,
    serialLog,
    output: terminal.output(),
  };
  if (end.killed) return { ...result, exitCode: TIME_LIMIT_CODE, outcome: end.killed };
  const codeFile = join(exchange, "exit-code");
  if (existsSync(codeFile))
    return { ...result, exitCode: Number(readFileSync(codeFile, "utf8")), outcome: "finished" };
  if (end.status || end.signal)
    throw new InputError("QEMU failed", {
      found: endOf(end),
      hint:
        accelerator === "kvm"
          ? "This machine's KVM does not run it: give --accelerator tcg"
          : "A guest needs --memory MiB of this machine's memory; nicetries kernel doctor looks for the rest",
    });
  return { ...result, exitCode: DIED_CODE, outcome: ready() ? "died" : "not ready" };
}

interface Limit {
  why: "not ready" | "time limit";
  /** 0: none. */
  seconds: number;
  /** When true at the limit, nothing happens. */
  unless?: () => boolean;
  /** Runs while QEMU does. */
  timer?: NodeJS.Timeout;
}

/** How QEMU ended and the first line of what it said of it. */
const endOf = ({ status, signal, complaint }: Pick<QemuEnd, "status" | "signal" | "complaint">): string =>
  [signal ?? `exit code ${status}`, complaint.trim().split("\n")[0]].filter(Boolean).join(": ");

interface QemuEnd {
  status: number | null;
  /** By which it ended, as by SIGABRT. */
  signal: NodeJS.Signals | null;
  /** The limit at which it was killed. */
  killed?: Limit["why"];
  /** The end of its stderr. */
  complaint: string;
}

async function runQemu(
  qemu: string | undefined,
  args: readonly string[],
  limits: readonly Limit[],
  onStart?: (guest: Halt) => void,
): Promise<QemuEnd> {
  if (!qemu)
    throw new InputError("QEMU is not installed", { hint: `Type: ${sudo()}apt-get install qemu-system-x86` });
  // A group of its own: Ctrl-C at our terminal reaches us alone, and we decide what becomes of the guest.
  const child = spawn(qemu, args, { stdio: ["ignore", "ignore", "pipe"], detached: true });
  const kill = () => child.kill("SIGKILL");
  const forget = atEnd(kill);
  onStart?.({ pause: () => child.kill("SIGSTOP"), resume: () => child.kill("SIGCONT"), kill });
  let killed: Limit["why"] | undefined;
  let complaint = "";
  child.stderr.on("data", (chunk) => {
    complaint = (complaint + chunk).slice(-2000);
  });
  for (const limit of limits.filter(({ seconds }) => seconds > 0))
    limit.timer = setTimeout(() => {
      if (limit.unless?.()) return;
      killed ??= limit.why;
      kill();
    }, limit.seconds * 1000);
  try {
    return await new Promise<QemuEnd>((resolve, reject) => {
      child.on("error", reject);
      child.on("close", (status, signal) => resolve({ status, signal, killed, complaint }));
    });
  } finally {
    for (const { timer } of limits) clearTimeout(timer);
    forget();
  }
}

/** At most this many serial logs of ended processes are kept in the cache. */
const KEPT_LOGS = 20;
let started = 0;

/** A file of its own for each guest: several may run at once. Names sort by time and end in the owner's number. */
function freshSerialLog(): string {
  const folder = cacheFolder("serial");
  const ended = readdirSync(folder)
    .sort()
    .filter((name) => !isAlive(Number(/-(\d+)-\d+\.log$/.exec(name)?.[1])));
  for (const name of ended.slice(0, -KEPT_LOGS)) rmSync(join(folder, name), { force: true });
  return join(folder, `${new Date().toISOString().replaceAll(":", "")}-${process.pid}-${started++}.log`);
}

/** Puts stage 2, the command and its settings into the exchange folder. */
function writeOrders(exchange: string, options: GuestOptions, interactive: boolean): void {
  for (const stale of ["exit-code", "interactive"]) rmSync(join(exchange, stale), { force: true });
  const guest = join(BRIDGE, "guest");
  writeFileSync(join(exchange, "stage2.sh"), readFileSync(join(guest, "stage2.sh")));
  const lines = [`export PATH=${GUEST_PATH}`];
  const folder = shellWords([process.cwd()]);
  lines.push(options.ownRoot ? `mkdir -p ${folder}; cd ${folder} || exit 126` : `cd ${folder} || exit 126`);
  if (options.migrationCostNs !== undefined)
    lines.push(`echo ${options.migrationCostNs} > /sys/kernel/debug/sched/migration_cost_ns || exit 126`);
  if (interactive) {
    writeFileSync(join(exchange, "interactive"), process.env.TERM ?? "vt100");
    const { rows, columns } = process.stdout; // a serial line does not know how large the screen is
    if (rows && columns) lines.push(`stty rows ${rows} cols ${columns}`);
    lines.push("echo 'Guest of nicetries. The root file system is a copy in memory; leave with exit.'");
    lines.push("exec /bin/bash -i");
  } else if (options.script !== undefined) lines.push(options.script);
  else lines.push(`exec ${shellWords(options.command ?? [])}`);
  writeFileSync(join(exchange, "command.sh"), `${lines.join("\n")}\n`);
}

function initramfs(scratch: string, exchange: string, files?: readonly string[]): string {
  const busybox = findProgram("busybox");
  if (!busybox)
    throw new InputError("busybox is not installed", {
      hint: `Type: ${sudo()}apt-get install busybox-static`,
    });
  const init = (name: string) => readFileSync(join(BRIDGE, "guest", name), "utf8");
  const path = join(scratch, "initramfs");
  const archive = files
    ? memoryInitramfs(busybox, init("memory-init.sh"), rootEntries(files, sharedEntries(exchange)))
    : guestInitramfs(busybox, init("init.sh"));
  writeFileSync(path, archive);
  return path;
}
