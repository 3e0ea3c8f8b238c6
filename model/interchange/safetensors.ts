/**
 * safetensors (https://github.com/huggingface/safetensors): a little-endian u64 with the length of a JSON header, the
 * header, then the bytes of the tensors one after the other. A network has `layers.N.weight` [outputs, inputs] and
 * `layers.N.bias` [outputs] in F32; the rest is in the metadata (description.ts).
 */
import { InputError } from "../../traces/input-error.ts";
import type { Layer, Net } from "../net.ts";
import { checkImported, DESCRIPTION_KEY, describeNet, parseDescription } from "./description.ts";

interface TensorEntry {
  dtype: string;
  shape: number[];
  data_offsets: [number, number];
}

export function toSafetensors(net: Net): Uint8Array {
  const tensors = net.layers.flatMap((layer, l): [string, number[], Float32Array][] => [
    [`layers.${l}.weight`, [layer.outputs, layer.inputs], layer.weights],
    [`layers.${l}.bias`, [layer.outputs], layer.bias],
  ]);
  let end = 0;
  const entries = tensors.map(([name, shape, data]): [string, TensorEntry] => {
    const start = end;
    end += data.length * 4;
    return [name, { dtype: "F32", shape, data_offsets: [start, end] }];
  });
  const metadata = { format: "pt", [DESCRIPTION_KEY]: describeNet(net) };
  const text = JSON.stringify({ __metadata__: metadata, ...Object.fromEntries(entries) });
  const header = Buffer.from(text.padEnd(Math.ceil(text.length / 8) * 8));
  const bytes = new Uint8Array(8 + header.length + end);
  const view = new DataView(bytes.buffer);
  view.setBigUint64(0, BigInt(header.length), true);
  bytes.set(header, 8);
  let at = 8 + header.length;
  for (const [, , data] of tensors) {
    for (const value of data) {
      view.setFloat32(at, value, true);
      at += 4;
    }
  }
  return bytes;
}

/** Throws InputError when the bytes are not such a file. */
export function fromSafetensors(bytes: Uint8Array, file = "model.safetensors"): Net {
  const { entries, description, data } = readHeader(bytes, file);
  const { activations, ...rest } = parseDescription(description, file);
  const tensor = (name: string, rank: number) => readTensor(entries, data, name, rank, file);
  const layers = activations.map((activation, l): Layer => {
    const { shape, values } = tensor(`layers.${l}.weight`, 2);
    const bias = tensor(`layers.${l}.bias`, 1).values;
    return { outputs: shape[0], inputs: shape[1], activation, weights: values, bias };
  });
  return checkImported({ ...rest, layers }, file);
}

function readHeader(bytes: Uint8Array, file: string) {
  const bad = (found: unknown, expected: string): never => {
    throw new InputError("not a safetensors file", { file, field: "header", found, expected });
  };
  if (bytes.length < 8) bad(`${bytes.length} bytes`, "at least 8");
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const length = view.getBigUint64(0, true);
  if (length > BigInt(bytes.length - 8)) bad(`a header of ${length} bytes`, `at most ${bytes.length - 8}`);
  const end = 8 + Number(length);
  let json: unknown;
  try {
    json = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes.subarray(8, end)));
  } catch (error) {
    bad((error as Error).message, "JSON");
  }
  if (typeof json !== "object" || json === null || Array.isArray(json)) bad(typeof json, "an object");
  const { __metadata__: metadata, ...entries } = json as Record<string, unknown>;
  const text = (metadata as Record<string, unknown> | undefined)?.[DESCRIPTION_KEY];
  return {
    entries,
    description: typeof text === "string" ? text : undefined,
    data: new DataView(bytes.buffer, bytes.byteOffset + end, bytes.byteLength - end),
  };
}

function readTensor(
  entries: Record<string, unknown>,
  data: DataView,
  name: string,
  rank: number,
  file: string,
): { shape: number[]; values: Float32Array } {
  const bad = (found: unknown, expected: string): never => {
    throw new InputError("a tensor is not usable", { file, field: name, found, expected });
  };
  const entry = (Object.hasOwn(entries, name) ? entries[name] : undefined) as
    | Partial<TensorEntry>
    | undefined;
  if (typeof entry !== "object" || entry === null) return bad("nothing", "a tensor of this name");
  const { dtype, shape, data_offsets: offsets } = entry;
  if (dtype !== "F32") bad(dtype, "F32");
  const whole = (n: unknown): n is number => Number.isSafeInteger(n) && (n as number) >= 0;
  if (!Array.isArray(shape) || shape.length !== rank || !shape.every(whole)) {
    return bad(JSON.stringify(shape), `a shape of ${rank} dimensions`);
  }
  if (!Array.isArray(offsets) || offsets.length !== 2 || !offsets.every(whole)) {
    return bad(JSON.stringify(offsets), "two offsets");
  }
  const count = shape.reduce((a, b) => a * b, 1);
  const [start, end] = offsets;
  if (end - start !== count * 4 || end > data.byteLength) {
    bad(`bytes ${start}..${end}`, `${count * 4} bytes within ${data.byteLength}`);
  }
  return {
    shape,
    values: Float32Array.from({ length: count }, (_, i) => data.getFloat32(start + 4 * i, true)),
  };
}
