import { refuseNoText } from "../csv/other-kinds.ts";
import { InputError } from "../input-error.ts";
import { RECORDING_NAMES } from "./format.ts";
import { openRecordingFile, type RecordingFile } from "./recording-file.ts";
import { textOf } from "./text-rows.ts";

/** What holds a recording in a form that is not read, and how to get at it. */
interface OtherKind {
  name: string;
  begins: string;
  /** Where that stands in the file; default 0. */
  at?: number;
  hint: string;
}

const KINDS: readonly OtherKind[] = [
  {
    name: "perf.data, which only perf reads",
    begins: "PERFILE2",
    hint: "Make text of it: perf sched script --ns -i FILE > FILE.txt",
  },
  {
    name: "trace.dat, which only trace-cmd reads",
    begins: "\x17\x08\x44tracing",
    hint: "Make text of it: trace-cmd report -l -t FILE > FILE.txt",
  },
  { name: "a zip archive", begins: "PK\x03\x04", hint: "Unpack it and give the file in it." },
  { name: "a tar archive", begins: "ustar", at: 257, hint: "Unpack it and give the file in it." },
  { name: "zstd data", begins: "\x28\xb5\x2f\xfd", hint: "Unpack it first: zstd -d FILE" },
  { name: "xz data", begins: "\xfd7zXZ", hint: "Unpack it first: xz -dk FILE" },
  { name: "bzip2 data", begins: "BZh", hint: "Unpack it first: bzip2 -dk FILE" },
  { name: "lz4 data", begins: "\x04\x22\x4d\x18", hint: "Unpack it first: lz4 -d FILE" },
];
const MOST = 512;
/** A row of ftrace with latency-format and verbose: bash 977 0 0 00000000 000012ab [00000a1b] 2.587ms (+0.011ms): sched_switch: ... */
const VERBOSE =
  /^.{1,40} +\d+ +\d+ \d+ [0-9a-f]{8} [0-9a-f]{8} \[[0-9a-f]{8,16}\] -?\d+\.\d{3}ms \(\+\d+\.\d{3}ms\): \w/m;

/** @throws InputError for what holds a recording in a form that is not read, with the command that makes another of it */
export function refuseOtherKinds({ path, first, packed }: RecordingFile): void {
  const bytes = textOf(first.subarray(0, MOST));
  const kind = KINDS.find(({ begins, at = 0 }) => bytes.startsWith(begins, at));
  if (!kind) {
    const text = textOf(first);
    if (text.includes("ms (+") && VERBOSE.test(text))
      throw noRecording(
        path,
        "text of ftrace with its option verbose",
        "Turn it off before the text is taken: echo 0 > /sys/kernel/tracing/options/verbose",
      );
    return;
  }
  if (!packed) throw noRecording(path, kind.name, kind.hint.replaceAll("FILE", path));
  const inner = path.endsWith(".gz") ? path.slice(0, -3) : `${path}.unpacked`;
  const hint = `Unpack it first: gunzip -c ${path} > ${inner}. ${kind.hint.replaceAll("FILE", inner)}`;
  throw noRecording(path, `${kind.name}, inside gzip`, hint);
}

/** The head of what `perf sched timehist` prints, or of its summary: times that were worked out, no events. */
const TIMEHIST = /^ +time +cpu +task name|^ +comm +parent +sched-in/m;

/** What to say of a file that was to be a recording and is none. @throws InputError */
export function refuseNoRecording(path: string): never {
  const { first, packed } = openRecordingFile(path);
  if (first.length === 0)
    throw noRecording(
      path,
      packed ? "gzip data in which there is nothing, or which is cut off or damaged" : "an empty file",
    );
  refuseNoText(first, path, "a recording");
  if (TIMEHIST.test(textOf(first)))
    throw noRecording(
      path,
      "the output of perf sched timehist, which has no events in it",
      "Make text of the same perf.data by another command: perf sched script --ns > FILE.txt",
    );
  throw noRecording(
    path,
    `no row of an event in its first ${first.length} bytes`,
    "Record with perf sched, trace-cmd or ftrace, and give the text of it.",
  );
}

const noRecording = (file: string, found: string, hint?: string): InputError =>
  new InputError("is no recording that can be read", { file, found, expected: RECORDING_NAMES, hint });
