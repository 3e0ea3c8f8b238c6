import { InputError } from "../../input-error.ts";
import { type InputFile, openInput } from "../../input-file.ts";
import type { Claim } from "../claim.ts";
import type { RecordingFormat } from "../format.ts";
import { Names, Tasks } from "../names.ts";
import { firstOfMoment } from "../one-moment.ts";
import { CpuBundles } from "../perfetto-bundle.ts";
import { type BundlePlace, indexPerfetto, packetAt, unpack } from "../perfetto-index.ts";
import type { RecordingFile } from "../recording-file.ts";

const BATCH = 8192;
/** Unpacked packets that are kept: those of several CPUs lie in one pack. */
const MOST_UNPACKED = 16;

/** Perfetto's protobuf traces: ftrace events and the compact encoding of switches and wakings, packed or not. */
export const perfetto: RecordingFormat = {
  name: "Perfetto",
  detects(first) {
    let at = 0;
    for (let packets = 0; packets < 4 && at < first.length; packets++) {
      const packet = packetAt(first, at);
      if (packet === "wrong") return false;
      if (packet === "more" || packet.end > first.length) return packets > 0 || isMessage(first, packet);
      if (!isMessage(first, packet)) return false;
      at = packet.end;
    }
    return at > 0;
  },
  read: readPerfetto,
};

/** A packet begins with the tag of a field, which has a number and one of the types that there are. */
const isMessage = (bytes: Uint8Array, packet: { start: number } | "more"): boolean => {
  if (packet === "more" || packet.start >= bytes.length) return false;
  const tag = bytes[packet.start];
  return tag >= 8 && [0, 1, 2, 5].includes(tag & 7);
};

async function* readPerfetto({ path, packed }: RecordingFile): AsyncGenerator<readonly Claim[]> {
  if (packed)
    throw new InputError("a Perfetto trace inside gzip is not read: its CPUs are read side by side", {
      file: path,
      hint: `Unpack it first: gunzip ${path}`,
    });
  const file = openInput(path);
  try {
    const { cpus, cut } = indexPerfetto(file);
    yield* merged(file, [...cpus], cut);
  } finally {
    file.close();
  }
}

/** The claims of all CPUs in the order of their times; of each CPU one bundle is in memory. `cut`: more is missing at the end. */
function* merged(
  file: InputFile,
  cpus: readonly (readonly [number, readonly BundlePlace[]])[],
  cut: boolean,
): Generator<readonly Claim[]> {
  const base = { high: Number.NaN, low: 0 };
  const sinceBase = (high: number, low: number) => {
    if (Number.isNaN(base.high)) Object.assign(base, { high, low });
    return (high - base.high) * 2 ** 32 + (low - base.low);
  };
  const unpacked = new Map<number, Buffer>();
  const known = { names: new Names(), tasks: new Tasks() };
  const lanes = cpus.map(([cpu, places]) => ({
    places,
    next: 0,
    bundles: new CpuBundles(cpu, sinceBase, known),
    claims: [] as Claim[],
    at: 0,
  }));
  let batch: Claim[] = [];
  let last = 0;
  for (;;) {
    let first: (typeof lanes)[number] | undefined;
    let tied = false;
    for (const lane of lanes) {
      while (isAtEnd(lane) && lane.next < lane.places.length) {
        const more = claimsAt(file, lane.bundles, lane.places[lane.next++], unpacked);
        lane.claims = lane.at === lane.claims.length ? more : [...lane.claims.slice(lane.at), ...more];
        lane.at = 0;
      }
      if (lane.at === lane.claims.length) continue;
      const { time } = lane.claims[lane.at];
      const earliest = first?.claims[first.at].time;
      tied = earliest !== undefined && (time === earliest || (tied && time > earliest));
      if (earliest === undefined || time < earliest) first = lane;
    }
    if (tied) first = firstOfMoment(lanes, first!.claims[first!.at].time) ?? first;
    if (!first) break;
    const claim = first.claims[first.at++];
    last = claim.time;
    batch.push(claim);
    if (batch.length < BATCH) continue;
    yield batch;
    batch = [];
  }
  if (cut) batch.push({ type: "loss", time: last, cpu: undefined, events: undefined, cut: true });
  yield batch;
}

/** Whether all that is left is of one moment: the next bundle may have more of it. */
const isAtEnd = ({ claims, at }: { claims: readonly Claim[]; at: number }): boolean =>
  at === claims.length || claims[at].time === claims[claims.length - 1].time;

function claimsAt(
  file: InputFile,
  bundles: CpuBundles,
  { at, length, packedAt, packedLength }: BundlePlace,
  unpacked: Map<number, Buffer>,
): Claim[] {
  try {
    if (packedAt < 0) return bundles.claims(file.read(at, length));
    let bytes = unpacked.get(packedAt);
    if (!bytes) {
      bytes = unpack(file.read(packedAt, packedLength), file.path, packedAt);
      if (unpacked.size >= MOST_UNPACKED) unpacked.delete(unpacked.keys().next().value!);
      unpacked.set(packedAt, bytes);
    }
    return bundles.claims(bytes.subarray(at, at + length));
  } catch (error) {
    if (error instanceof InputError) throw error;
    throw new InputError("a bundle of ftrace events cannot be read", {
      file: file.path,
      found: `damage at byte ${packedAt < 0 ? at : packedAt}`,
      expected: "a FtraceEventBundle",
      hint: "Fetch or record it again.",
    });
  }
}
