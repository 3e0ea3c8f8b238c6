import type { Claim } from "./claim.ts";
import type { RecordingFormat } from "./format.ts";
import { ftrace } from "./formats/ftrace.ts";
import { perfScript } from "./formats/perf.ts";
import { perfetto } from "./formats/perfetto.ts";
import { systrace } from "./formats/systrace.ts";
import { traceCmd } from "./formats/trace-cmd.ts";
import { type Disorder, inOrder } from "./in-order.ts";
import { refuseOtherKinds } from "./other-kinds.ts";
import { openRecordingFile } from "./recording-file.ts";
import { textOf } from "./text-rows.ts";

/** All formats, in the order in which they are tried: rows of ftrace are rows of trace-cmd with flags. */
export const RECORDING_FORMATS: readonly RecordingFormat[] = [
  perfetto,
  systrace,
  ftrace,
  traceCmd,
  perfScript,
];

/** The line by which a text of ftrace says so (`nicetries kernel record --clock virtual --schedule`). */
export const VIRTUAL_TIME = "# clock: virtual time";

export interface Recording {
  readonly path: string;
  /** Name of its format. */
  readonly format: string;
  readonly disorder: Disorder;
  /** It says that its machine ran in virtual time: all its CPUs shared one stream of instructions. */
  readonly virtualTime: boolean;
  /** Time of its first row by the machine's own clock, ns, where it is text of ftrace; by that, calls recorded beside it are placed. */
  readonly startNs: number | undefined;
  /** What it says, in the order of time. Read it once. */
  claims(): AsyncGenerator<readonly Claim[]>;
}

/**
 * Opens a recorded schedule, of whatever format its first bytes are; undefined for what is none.
 * @throws InputError for what holds one in a form that is not read, with the command that makes another of it
 */
export function openRecording(path: string): Recording | undefined {
  const file = openRecordingFile(path);
  refuseOtherKinds(file);
  const format = RECORDING_FORMATS.find((each) => each.detects(file.first));
  if (!format) return undefined;
  const disorder: Disorder = { back: 0, mostNs: 0, late: 0 };
  return {
    path,
    format: format.name,
    disorder,
    virtualTime: textOf(file.first).includes(`\n${VIRTUAL_TIME}`),
    startNs: format === ftrace ? firstTime(textOf(file.first)) : undefined,
    claims: () => inOrder(format.read(file), disorder),
  };
}

function firstTime(text: string): number | undefined {
  const [, seconds, digits] = /^[^#].* (\d{1,9})\.(\d{6,9}): /m.exec(text) ?? [];
  return seconds === undefined ? undefined : Number(seconds) * 1e9 + Number(digits!.padEnd(9, "0"));
}
