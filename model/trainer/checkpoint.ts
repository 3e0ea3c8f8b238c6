/**
 * A training that can go on after a kill: the state after an epoch as one JSON file.
 *
 * Invariants:
 *  C1. The file is whole or not there (traces/atomic-file.ts), and carries the SHA-256 of its state.
 *  C2. `fingerprint` covers everything the state depends on besides itself: data, inputs, configuration, seeds. A
 *      checkpoint of another training is refused, never continued.
 *  C3. Doubles are stored as their bytes (base64, little-endian): reading gives the same bits.
 */
import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { writeFileAtomic } from "../../traces/atomic-file.ts";
import { InputError } from "../../traces/input-error.ts";
import type { Matrix } from "../matrix.ts";
import type { InputSpec } from "../net.ts";
import type { TrainerConfig } from "./config.ts";
import type { EpochRecord, Trainer, TrainerSeeds, TrainerState } from "./trainer.ts";

const KIND = "nicetries checkpoint";
const VERSION = 1;

interface Stored {
  epoch: number;
  parameters: string;
  first: string;
  second: string;
  /** Doubles: power1, power2, the loss of `best` (which may be infinite and so no JSON number). */
  numbers: string;
  random: number[];
  bestEpoch: number;
  bestParameters: string;
  curve: EpochRecord[];
}

const sha256 = (data: Uint8Array | string) => createHash("sha256").update(data).digest("hex");

/** What a training depends on, as a hash (C2). */
export function fingerprintOf(
  train: Matrix,
  validation: Matrix | null,
  inputs: readonly InputSpec[],
  config: TrainerConfig,
  seeds: TrainerSeeds,
): string {
  const hash = createHash("sha256");
  for (const part of [train, validation]) {
    if (!part) continue;
    hash.update(bytesOf(part.values)).update(part.labels);
  }
  return hash.update(JSON.stringify([inputs, config, seeds])).digest("hex");
}

export function writeCheckpoint(path: string, state: TrainerState, fingerprint: string): void {
  const stored: Stored = {
    epoch: state.epoch,
    parameters: pack(state.parameters),
    first: pack(state.optimiser.first),
    second: pack(state.optimiser.second),
    numbers: pack(Float64Array.of(state.optimiser.power1, state.optimiser.power2, state.best.loss)),
    random: [...state.random],
    bestEpoch: state.best.epoch,
    bestParameters: pack(state.best.parameters),
    curve: state.curve,
  };
  const text = JSON.stringify(stored);
  const head = { kind: KIND, version: VERSION, fingerprint, sha256: sha256(text), state: stored };
  writeFileAtomic(path, `${JSON.stringify(head)}\n`);
}

/**
 * The state in a checkpoint, or null when there is no file.
 * @throws InputError when the file is damaged, or belongs to another training.
 */
export function readCheckpoint(path: string, fingerprint: string): TrainerState | null {
  if (!existsSync(path)) return null;
  const refuse = (problem: string, found: string, expected: string): never => {
    throw new InputError(problem, {
      file: path,
      found,
      expected,
      code: "checkpoint",
      hint: "Remove the file, or do not resume, to begin from the start.",
    });
  };
  let head: { kind?: unknown; version?: unknown; fingerprint?: unknown; sha256?: unknown; state?: Stored };
  try {
    head = JSON.parse(readFileSync(path, "utf8"));
  } catch (error) {
    return refuse("the checkpoint is damaged", (error as Error).message, "a JSON document");
  }
  if (head?.kind !== KIND) return refuse("this is no checkpoint", String(head?.kind), KIND);
  if (head.version !== VERSION) {
    return refuse("the checkpoint has another version", String(head.version), String(VERSION));
  }
  const sum = sha256(JSON.stringify(head.state ?? null));
  if (sum !== head.sha256) return refuse("the checkpoint is damaged", `SHA-256 ${sum}`, String(head.sha256));
  if (head.fingerprint !== fingerprint) {
    return refuse(
      "the checkpoint belongs to another training",
      `fingerprint ${String(head.fingerprint).slice(0, 12)}`,
      `${fingerprint.slice(0, 12)} (same traces, options and seed)`,
    );
  }
  return unpackState(head.state!);
}

function unpackState(s: Stored): TrainerState {
  const [power1, power2, loss] = unpack(s.numbers) as unknown as [number, number, number];
  return {
    epoch: s.epoch,
    parameters: unpack(s.parameters),
    optimiser: { first: unpack(s.first), second: unpack(s.second), power1, power2 },
    random: Uint32Array.from(s.random),
    best: { epoch: s.bestEpoch, loss, parameters: unpack(s.bestParameters) },
    curve: s.curve,
  };
}

function bytesOf(array: Float32Array | Float64Array): Uint8Array {
  return new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
}

function pack(array: Float64Array): string {
  return Buffer.from(bytesOf(array)).toString("base64");
}

function unpack(text: string): Float64Array {
  const bytes = Buffer.from(text, "base64");
  return new Float64Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length));
}

/** Writes closer together than this are left out: an epoch of little data takes a millisecond. */
const WRITE_INTERVAL_MS = 1000;

/** Saves and restores one trainer. */
export function checkpointer(
  path: string,
  trainer: Trainer,
  data: { train: Matrix; validation: Matrix | null; inputs: readonly InputSpec[] },
  config: TrainerConfig,
  seeds: TrainerSeeds,
): { save(): void; restore(): number } {
  const fingerprint = fingerprintOf(data.train, data.validation, data.inputs, config, seeds);
  let written = Number.NEGATIVE_INFINITY;
  return {
    save() {
      const now = performance.now();
      if (now - written < WRITE_INTERVAL_MS) return;
      written = now;
      writeCheckpoint(path, trainer.state(), fingerprint);
    },
    /** The epoch restored, 0 without a checkpoint. */
    restore() {
      const state = readCheckpoint(path, fingerprint);
      if (state) trainer.restore(state);
      return state?.epoch ?? 0;
    },
  };
}
