import { expect } from "chai";
import fc from "fast-check";
import { deltaBinaryUnpack } from "hyparquet/src/delta.js";
import { readRleBitPackedHybrid } from "hyparquet/src/encoding.js";
import { bitWidth, packInts, packWide, unpackInts } from "../../traces/parquet/bit-packing.ts";
import { ByteSink } from "../../traces/parquet/byte-sink.ts";
import { ByteSource, DamagedPage } from "../../traces/parquet/byte-source.ts";
import { DELTA_LIMIT, decodeDelta, encodeDelta } from "../../traces/parquet/delta.ts";
import { distinctNumbers, distinctTexts, MAX_DISTINCT } from "../../traces/parquet/dictionary.ts";

/** The definition of bit packing, with bigint: value i stands at bit i * width, lowest bit first. */
function packedByDefinition(values: readonly number[], width: number): number[] {
  let bits = 0n;
  values.forEach((value, i) => {
    bits |= BigInt(value) << BigInt(i * width);
  });
  const bytes = Math.ceil((values.length * width) / 8);
  return Array.from({ length: bytes }, (_, b) => Number((bits >> BigInt(8 * b)) & 0xffn));
}

function sourceOf(sink: ByteSink): ByteSource {
  const bytes = new Uint8Array(sink.length + 8);
  bytes.set(sink.take());
  return new ByteSource(bytes, 0, sink.length);
}

const withWidth = (most: number) =>
  fc.integer({ min: 1, max: most }).chain((width) =>
    fc.record({
      width: fc.constant(width),
      values: fc.array(fc.bigInt({ min: 0n, max: 2n ** BigInt(width) - 1n }).map(Number), {
        minLength: 32,
        maxLength: 32,
      }),
    }),
  );

describe("bit packing", () => {
  it("needs as many bits as the number has", () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: 2n ** 53n }), (value) => {
        expect(bitWidth(Number(value))).to.equal(value === 0n ? 0 : value.toString(2).length);
      }),
    );
  });

  it("lays integers of up to 32 bits as the format defines it, and takes them out again", () => {
    fc.assert(
      fc.property(withWidth(32), fc.integer({ min: 1, max: 32 }), ({ width, values }, count) => {
        const sink = new ByteSink();
        packInts(sink, values, count, width);
        expect([...sink.take()]).to.deep.equal(packedByDefinition(values.slice(0, count), width));
        const out = new Uint32Array(count);
        unpackInts(sourceOf(sink), out, count, width);
        expect([...out]).to.deep.equal(values.slice(0, count));
      }),
    );
  });

  it("lays integers of up to 53 bits as the format defines it", () => {
    fc.assert(
      fc.property(withWidth(53), ({ width, values }) => {
        const sink = new ByteSink();
        packWide(sink, Float64Array.from(values), 0, 32, width);
        expect([...sink.take()]).to.deep.equal(packedByDefinition(values, width));
      }),
    );
  });

  it("is read by hyparquet as well", () => {
    fc.assert(
      fc.property(withWidth(20), ({ width, values }) => {
        const sink = new ByteSink();
        sink.varint((values.length / 8) * 2 + 1);
        packInts(sink, values, values.length, width);
        const out = new Array<number>(values.length);
        readRleBitPackedHybrid(
          { view: new DataView(sink.take().buffer), offset: 0 },
          width,
          out as never,
          sink.length,
        );
        expect(out).to.deep.equal(values);
      }),
    );
  });

  it("refuses to read past the end of its page (R1)", () => {
    const source = new ByteSource(new Uint8Array(12), 0, 4);
    expect(() => unpackInts(source, new Uint32Array(40), 40, 1)).to.throw(DamagedPage);
  });
});

describe("delta encoding", () => {
  const value = fc.oneof(
    fc.integer({ min: -1000, max: 1000 }),
    fc.bigInt({ min: -(2n ** 51n) + 1n, max: 2n ** 51n - 1n }).map(Number),
  );
  const values = fc.array(value, { maxLength: 400 });

  it("gives back what went in, up to the limit of exactness", () => {
    fc.assert(
      fc.property(values, (list) => {
        const sink = new ByteSink();
        encodeDelta(sink, Float64Array.from(list), list.length);
        const out = new Float64Array(list.length + 2);
        const source = sourceOf(sink);
        decodeDelta(source, out, 1, list.length);
        expect([...out.subarray(1, 1 + list.length)]).to.deep.equal(list.map((v) => v + 0));
        expect(source.at).to.equal(source.end);
      }),
    );
    const edge = DELTA_LIMIT - 1;
    const extremes = Float64Array.of(edge, -edge, edge, -edge, 0);
    const sink = new ByteSink();
    encodeDelta(sink, extremes, 5);
    const out = new Float64Array(5);
    decodeDelta(sourceOf(sink), out, 0, 5);
    expect([...out]).to.deep.equal([...extremes]);
  });

  it("is read by hyparquet, which counts in bigint, with the same result", () => {
    fc.assert(
      fc.property(values, (list) => {
        fc.pre(list.length > 0);
        const sink = new ByteSink();
        encodeDelta(sink, Float64Array.from(list), list.length);
        const out = new BigInt64Array(list.length);
        deltaBinaryUnpack({ view: new DataView(sink.take().buffer), offset: 0 }, list.length, out);
        expect([...out].map(Number)).to.deep.equal(list.map((v) => v + 0));
      }),
    );
  });

  it("refuses a page with another number of values", () => {
    const sink = new ByteSink();
    encodeDelta(sink, Float64Array.of(1, 2, 3), 3);
    expect(() => decodeDelta(sourceOf(sink), new Float64Array(4), 0, 4)).to.throw(DamagedPage, /3 values/);
  });
});

describe("dictionaries", () => {
  it("hold every value once, in order of appearance, and the indices lead back (D1)", () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(fc.integer({ min: 0, max: 9 }), fc.maxSafeInteger())), (list) => {
        const indices = new Uint32Array(list.length);
        const found = distinctNumbers(Float64Array.from(list), list.length, indices)!;
        expect([...found]).to.deep.equal([...new Set(list.map((v) => v + 0))]);
        expect([...indices].map((i) => found[i])).to.deep.equal(list.map((v) => v + 0));
      }),
    );
    fc.assert(
      fc.property(fc.array(fc.string({ maxLength: 2 })), (list) => {
        const indices = new Uint32Array(list.length);
        const found = distinctTexts(list, list.length, indices);
        expect(found).to.deep.equal([...new Set(list)]);
        expect([...indices].map((i) => found[i])).to.deep.equal(list);
      }),
    );
  });

  it("give up beyond their largest size, and not before", () => {
    const many = Float64Array.from({ length: MAX_DISTINCT + 1 }, (_, i) => i * 4096);
    const indices = new Uint32Array(many.length);
    expect(distinctNumbers(many, MAX_DISTINCT, indices)).to.have.length(MAX_DISTINCT);
    expect(distinctNumbers(many, MAX_DISTINCT + 1, indices)).to.equal(null);
  });
});
