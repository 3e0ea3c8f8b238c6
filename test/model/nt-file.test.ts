import { expect } from "chai";
import fc from "fast-check";
import { FEATURES } from "../../model/features.ts";
import type { FixedNet } from "../../model/fixed-point-net.ts";
import type { Net } from "../../model/net.ts";
import { SCHEMAS } from "../../model/nt-format.ts";
import { HEADER, INPUT, LAYER, MAX_FILE } from "../../model/nt-layout.ts";
import { decodeNt } from "../../model/nt-read.ts";
import { encodeFixedNt, encodeNt } from "../../model/nt-write.ts";
import { quantise } from "../../model/quantise.ts";
import { dequantise } from "../../model/quantise-fake.ts";
import { inputRange } from "../../model/transform.ts";
import { InputError } from "../../traces/input-error.ts";
import { e1Net, hostileNet, randomNet, randomOf, resealed } from "./nt-nets.ts";

const FIRST_LAYER = HEADER.size + 7 * INPUT.size;

/** A change to one field of the 7-9-1 file, and words of the message it must cause. */
const DAMAGE: [string, (v: DataView) => void, RegExp][] = [
  ["another magic", (v) => v.setUint8(0, 0x58), /magic.*found "XTRY"; expected NTRY/],
  ["a future version", (v) => v.setUint16(HEADER.at.version, 2, true), /format version.*found 2; expected 1/],
  [
    "another header size",
    (v) => v.setUint16(HEADER.at.headerSize, 72, true),
    /header size.*found 72; expected 64/,
  ],
  ["another length", (v) => v.setUint32(HEADER.at.totalLength, 10, true), /total length.*expected 10 bytes/],
  ["another schema", (v) => v.setUint8(HEADER.at.schemaHash, 1), /hash of the feature schema/],
  ["an unknown target", (v) => v.setUint8(HEADER.at.target, 4), /target.*found 4; expected 0 \(migrate\)/],
  ["no inputs", (v) => v.setUint8(HEADER.at.inputs, 0), /inputs.*found 0; expected 1\.\.32/],
  ["33 inputs", (v) => v.setUint8(HEADER.at.inputs, 33), /inputs.*found 33/],
  [
    "more inputs than bytes",
    (v) => v.setUint8(HEADER.at.inputs, 32),
    /inputs.*found 32; expected as many as/,
  ],
  ["no layers", (v) => v.setUint8(HEADER.at.layers, 0), /layers.*found 0/],
  ["17 layers", (v) => v.setUint8(HEADER.at.layers, 17), /layers.*found 17; expected 1\.\.16/],
  ["another logit unit", (v) => v.setUint8(HEADER.at.logitFrac, 3), /logit fraction bits.*found 3/],
  ["an unknown flag", (v) => v.setUint32(HEADER.at.flags, 3, true), /flags.*found 3/],
  ["a huge threshold", (v) => v.setBigInt64(HEADER.at.thresholdFixed, 2n ** 60n, true), /threshold.*2\^53/],
  [
    "a NaN threshold",
    (v) => v.setUint32(HEADER.at.thresholdFloat, 0x7fc00000, true),
    /float threshold.*found NaN/,
  ],
  ["reserved bytes", (v) => v.setUint8(HEADER.at.reserved, 9), /reserved bytes of the header.*found 9/],
  ["a control character in the name", (v) => v.setUint8(HEADER.at.name, 7), /name/],
  ["bytes after the end of the name", (v) => v.setUint8(HEADER.at.name + 15, 65), /name/],
  ["an unknown feature", (v) => v.setUint16(HEADER.size, 34, true), /inputs\[0\]\.feature.*found 34/],
  [
    "an unknown transform",
    (v) => v.setUint8(HEADER.size + INPUT.at.transform, 4),
    /inputs\[0\]\.transform.*found 4/,
  ],
  ["reserved bytes of an input", (v) => v.setUint8(HEADER.size + 5, 1), /reserved bytes of inputs\[0\]/],
  ["an empty range", (v) => v.setBigUint64(HEADER.size + INPUT.at.low, 2n ** 63n, true), /inputs\[0\]\.low/],
  [
    "a multiplier of 0",
    (v) => v.setBigUint64(HEADER.size + INPUT.at.multiplier, 0n, true),
    /multiplier.*found 0/,
  ],
  [
    "a multiplier that overflows",
    (v) => v.setBigUint64(HEADER.size + INPUT.at.multiplier, 2n ** 64n - 1n, true),
    /multiplier/,
  ],
  [
    "an infinite offset",
    (v) => v.setFloat64(HEADER.size + INPUT.at.offset, Infinity, true),
    /offset.*Infinity/,
  ],
  ["a scale of 0", (v) => v.setFloat64(HEADER.size + INPUT.at.scale, 0, true), /scale.*found 0/],
  [
    "a flag with another range",
    (v) => v.setBigUint64(HEADER.size + 6 * INPUT.size + INPUT.at.high, 2n, true),
    /inputs\[6\].low..high.*expected 0\.\.1/,
  ],
  [
    "a layer of another width",
    (v) => v.setUint16(FIRST_LAYER, 8, true),
    /layers\[0\]\.inputs.*found 8; expected 7/,
  ],
  ["a layer without outputs", (v) => v.setUint16(FIRST_LAYER + 2, 0, true), /layers\[0\]\.outputs.*found 0/],
  ["129 outputs", (v) => v.setUint16(FIRST_LAYER + 2, 129, true), /layers\[0\]\.outputs.*found 129/],
  ["more outputs than bytes", (v) => v.setUint16(FIRST_LAYER + 2, 100, true), /layers\[0\].*bytes left/],
  ["an unknown activation", (v) => v.setUint8(FIRST_LAYER + LAYER.at.activation, 3), /activation.*found 3/],
  ["a huge shift", (v) => v.setUint8(FIRST_LAYER + LAYER.at.shift, 60), /shift.*found 60/],
  ["fewer fraction bits than shifted", (v) => v.setUint8(FIRST_LAYER + LAYER.at.frac, 1), /frac.*found 1/],
  [
    "a reserved byte of a layer",
    (v) => v.setUint8(FIRST_LAYER + LAYER.at.reserved, 1),
    /reserved byte of layers/,
  ],
  [
    "a bias near the end of int64",
    (v) => v.setBigInt64(FIRST_LAYER + LAYER.size, 2n ** 63n - 1n, true),
    /layers\[0\]\.bias.*within \+-2\^53/,
  ],
  [
    "a bias whose sum passes 2^53",
    (v) => v.setBigInt64(FIRST_LAYER + LAYER.size, 2n ** 53n, true),
    /sum of the fixed-point network can overflow.*layers\[0\] row 0/,
  ],
  [
    "a NaN weight",
    (v) => v.setFloat32(FIRST_LAYER + LAYER.size + 72, Number.NaN, true),
    /layers\[0\]\.float weights.*NaN/,
  ],
  ["padding that is not zero", (v) => v.setUint8(v.byteLength - 1, 1), /padding of layers\[1\].*found 1/],
];

describe("the model file", () => {
  const net = e1Net(randomOf("nt-file"));
  const file = encodeNt(net, { name: "e1" });

  it("holds a 7-9-1 net in under 1000 bytes", () => {
    expect(file.length).to.be.below(1000);
  });

  it("gives back the float network bit for bit, and the integers that were quantised", () => {
    fc.assert(
      fc.property(
        fc.string(),
        fc.constantFrom<[number, ...number[]]>([7, 9, 1], [16, 24, 1], [3, 4, 5, 1], [2, 1]),
        fc.constantFrom("sigmoid" as const, "relu" as const, "identity" as const),
        (seed, widths, activation) => {
          const made = randomNet(randomOf(seed), widths, activation);
          const read = decodeNt(encodeNt(made, { name: "x" }));
          const quantised = quantise(made);
          expect(read.fixed).to.deep.equal(quantised);
          expect(read.net).to.deep.equal(withSaturatedClips(made));
          expect(read).to.include({ name: "x", hasFloat: true });
        },
      ),
    );
  });

  it("has the hash of the shortest list of features that holds its inputs, and no feature behind that list", () => {
    const [first, ...later] = SCHEMAS;
    const hashOf = (bytes: Uint8Array) => new DataView(bytes.buffer).getBigUint64(HEADER.at.schemaHash, true);
    expect(hashOf(file)).to.equal(first.hash);
    expect(first.hash).to.equal(0xd77c54b615908492n);
    for (const { features, hash } of later) {
      const own = { ...net, inputs: net.inputs.map((input) => ({ ...input })) };
      Object.assign(own.inputs[6], { feature: FEATURES[features - 1].name });
      const bytes = encodeNt(own);
      expect(hashOf(bytes)).to.equal(hash);
      expect(decodeNt(bytes).net.inputs[6].feature).to.equal(FEATURES[features - 1].name);
      new DataView(bytes.buffer).setBigUint64(HEADER.at.schemaHash, first.hash, true);
      expect(() => decodeNt(resealed(bytes))).to.throw(`expected 0..${first.features - 1}`);
    }
    expect(later.at(-1)!.features).to.equal(FEATURES.length);
  });

  it("without float weights gives back the network the integers stand for", () => {
    const read = decodeNt(encodeNt(net, { floatWeights: false }));
    expect(read.hasFloat).to.equal(false);
    expect(read.net).to.deep.equal(dequantise(quantise(net), net.threshold));
  });

  it("drops the float weights of a net that fits only so, such as 10-61-1", () => {
    const read = decodeNt(encodeNt(randomNet(randomOf("large"), [10, 61, 1], "sigmoid")));
    expect(read.hasFloat).to.equal(false);
    expect(read.bytes).to.be.at.most(MAX_FILE);
  });

  it("refuses a net that does not fit 4096 bytes", () => {
    expect(() => encodeNt(randomNet(randomOf("huge"), [32, 60, 1], "relu"))).to.throw(
      InputError,
      /does not fit a model file.*found "\d+ bytes without float weights"; expected at most 4096 bytes/,
    );
  });

  it("refuses to write a network with a sum that could leave 2^53", () => {
    const fixed = quantise(net);
    fixed.layers[0].bias[3] = 2n ** 53n - 5n;
    expect(() => encodeFixedNt(net, fixed)).to.throw(InputError, /can overflow.*layers\[0\] row 3/);
  });

  it("writes the largest sums that cannot", () => {
    const fixed = hostileNet(randomOf("wide"), [7, 9, 1], true);
    expect(decodeNt(encodeFixedNt(dequantise(fixed, 0), fixed)).fixed).to.deep.equal(
      fixed satisfies FixedNet,
    );
  });

  it("refuses each length but its own", () => {
    for (let length = 0; length < file.length; length++) {
      expect(() => decodeNt(file.subarray(0, length), "cut.nt")).to.throw(
        InputError,
        /^cut\.nt: not a usable model/,
      );
    }
    const longer = new Uint8Array(file.length + 8);
    longer.set(file);
    expect(() => decodeNt(longer)).to.throw(InputError, /total length/);
  });

  it("refuses every file with one flipped bit", () => {
    for (let bit = 0; bit < file.length * 8; bit++) {
      const bad = Uint8Array.from(file);
      bad[bit >> 3] ^= 1 << (bit & 7);
      expect(() => decodeNt(bad), `bit ${bit}`).to.throw(InputError);
    }
  });

  for (const [name, change, message] of DAMAGE) {
    it(`refuses ${name}, saying what it found and expected`, () => {
      const bad = Uint8Array.from(file);
      change(new DataView(bad.buffer));
      expect(() => decodeNt(resealed(bad), "m.nt")).to.throw(InputError, message);
    });
  }

  it("never fails otherwise than with an InputError, whatever the bytes", () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat(file.length - 1), fc.nat(255)), { minLength: 1, maxLength: 6 }),
        (edits) => {
          const bad = Uint8Array.from(file);
          for (const [at, value] of edits) bad[at] = value;
          try {
            decodeNt(resealed(bad));
          } catch (error) {
            expect(error).to.be.instanceOf(InputError);
          }
        },
      ),
      { numRuns: 2000 },
    );
  });
});

/** The file keeps the ends of a clip as far as the feature has such values. */
function withSaturatedClips(net: Net): Net {
  const inputs = net.inputs.map((i) => {
    if (i.transform !== "clipped") return i;
    const { low, high } = inputRange(i);
    return { ...i, clipLow: low, clipHigh: high };
  });
  return { ...net, inputs };
}
