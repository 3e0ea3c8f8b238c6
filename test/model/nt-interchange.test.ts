import { expect } from "chai";
import fc from "fast-check";
import { featureByName } from "../../model/features.ts";
import { fromOnnx, toOnnx } from "../../model/interchange/onnx.ts";
import { fromSafetensors, toSafetensors } from "../../model/interchange/safetensors.ts";
import type { Net } from "../../model/net.ts";
import { floatLogit } from "../../model/net-forward.ts";
import { applyTransform } from "../../model/transform.ts";
import { InputError } from "../../traces/input-error.ts";
import { e1Net, randomNet, randomOf } from "./nt-nets.ts";

const FORMATS = [
  ["safetensors", toSafetensors, fromSafetensors],
  ["ONNX", toOnnx, fromOnnx],
] as const;

for (const [name, write, read] of FORMATS) {
  describe(`${name} interchange`, () => {
    it("gives back the network bit for bit", () => {
      fc.assert(
        fc.property(
          fc.string(),
          fc.constantFrom([7, 9, 1], [3, 5, 4, 1], [2, 1]),
          fc.constantFrom("sigmoid" as const, "relu" as const, "identity" as const),
          (seed, widths, activation) => {
            const net = randomNet(randomOf(seed), widths, activation);
            expect(read(write(net))).to.deep.equal(net);
          },
        ),
      );
    });

    it("refuses truncated files with an InputError", () => {
      const bytes = write(e1Net(randomOf("cut")));
      for (let length = 0; length < bytes.length; length += 7) {
        expect(() => read(bytes.subarray(0, length), "cut"), `${length} bytes`).to.throw(
          InputError,
          /^cut: /,
        );
      }
    });

    it("never fails otherwise than with an InputError, whatever the bytes", () => {
      const bytes = write(e1Net(randomOf("noise")));
      fc.assert(
        fc.property(
          fc.array(fc.tuple(fc.nat(bytes.length - 1), fc.nat(255)), { minLength: 1, maxLength: 8 }),
          (edits) => {
            const bad = Uint8Array.from(bytes);
            for (const [at, value] of edits) bad[at] = value;
            try {
              read(bad);
            } catch (error) {
              if (!(error instanceof InputError)) throw error;
            }
          },
        ),
        { numRuns: 1000 },
      );
    });
  });
}

describe("safetensors files", () => {
  const file = toSafetensors(e1Net(randomOf("safe")));
  const header = (bytes: Uint8Array) => {
    const length = Number(new DataView(bytes.buffer).getBigUint64(0, true));
    return Buffer.from(bytes.subarray(8, 8 + length)).toString();
  };
  /** The same length of header with other words in it. */
  const edited = (from: string, to: string) => {
    const text = header(file).replace(from, to);
    const head = Buffer.from(text.trimEnd().padEnd(header(file).length));
    return Uint8Array.from([...file.subarray(0, 8), ...head, ...file.subarray(8 + head.length)]);
  };

  it("start with a header whose length is a multiple of eight and whose offsets follow each other", () => {
    expect(header(file).length % 8).to.equal(0);
    const { __metadata__: _, ...tensors } = JSON.parse(header(file));
    let end = 0;
    for (const t of Object.values(tensors) as { data_offsets: number[] }[]) {
      expect(t.data_offsets[0]).to.equal(end);
      end = t.data_offsets[1];
    }
    expect(8 + header(file).length + end).to.equal(file.length);
  });

  it("are refused for a missing tensor, another type, a wrong extent", () => {
    expect(() => fromSafetensors(edited("layers.1.bias", "layers.1.bios"))).to.throw(
      InputError,
      /layers\.1\.bias.*nothing/,
    );
    expect(() => fromSafetensors(edited("F32", "F64"))).to.throw(InputError, /found "F64"; expected F32/);
    expect(() => fromSafetensors(edited("[9,7]", "[9,8]"))).to.throw(
      InputError,
      /layers\.0\.weight.*288 bytes/,
    );
    expect(() => fromSafetensors(edited("pid", "pod"))).to.throw(
      InputError,
      /nicetries\.inputs\[3\]\.feature/,
    );
  });
});

describe("exported ONNX graphs", () => {
  it("compute in ONNX Runtime what the float network computes", async function () {
    let runtime: typeof import("onnxruntime-web");
    try {
      runtime = await import("onnxruntime-web");
    } catch (error) {
      console.log(`      skipped: onnxruntime-web does not load (${(error as Error).message}); run npm ci`);
      return this.skip();
    }
    runtime.env.wasm.numThreads = 1;
    for (const activation of ["sigmoid", "relu", "identity"] as const) {
      for (const widths of [
        [7, 9, 1],
        [5, 6, 4, 1],
      ]) {
        const random = randomOf(`onnx ${activation} ${widths}`);
        const net = randomNet(random, widths, activation);
        const rows = Array.from({ length: 64 }, () => net.inputs.map((i) => rawValue(i, random)));
        const session = await runtime.InferenceSession.create(toOnnx(net));
        const data = Float64Array.from(
          rows.flatMap((row) =>
            row.map((v, j) => {
              const { transform, clipLow, clipHigh } = net.inputs[j];
              return applyTransform(transform, clipLow, clipHigh, v);
            }),
          ),
        );
        const feeds = { transformed: new runtime.Tensor("float64", data, [rows.length, widths[0]]) };
        const { logit, probability } = await session.run(feeds);
        const float = floatLogit(net);
        rows.forEach((row, r) => {
          const expected = float(row);
          const found = logit!.data[r] as number;
          expect(found, `row ${r}`).to.be.closeTo(expected, 1e-4 * (1 + Math.abs(expected)));
          expect(probability!.data[r]).to.be.closeTo(1 / (1 + Math.exp(-found)), 1e-5);
        });
        await session.release();
      }
    }
  });
});

/** A raw value around the offset, sometimes beyond where the input saturates. */
function rawValue(input: Net["inputs"][number], random: () => number): number {
  if (input.transform === "flag") return random() < 0.5 ? 0 : 1;
  if (input.transform === "log2") return Math.floor(2 ** (random() * 40));
  const value = Math.floor(input.offset + ((random() - 0.5) * 24) / input.scale);
  return featureByName(input.feature)!.type === "u64" ? Math.max(0, value) : value;
}
