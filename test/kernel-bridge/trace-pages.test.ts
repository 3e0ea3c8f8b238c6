import { expect } from "chai";
import fc from "fast-check";
import { eventFormat, fieldValue, pageEvents } from "../../kernel-bridge/collect/trace-pages.ts";

interface Planned {
  delta: number;
  payload: Uint8Array;
}

/** A page as kernel/trace/ring_buffer.c fills it: short events, long ones, and a time extension where 27 bits end. */
function page(start: bigint, events: Planned[]): Buffer {
  const bytes = Buffer.alloc(4096);
  bytes.writeBigUInt64LE(start, 0);
  let at = 16;
  for (const { delta, payload } of events) {
    let rest = delta;
    if (delta >= 2 ** 27) {
      bytes.writeUInt32LE((((delta % 2 ** 27) << 5) | 30) >>> 0, at);
      bytes.writeUInt32LE(Math.floor(delta / 2 ** 27), at + 4);
      at += 8;
      rest = 0;
    }
    if (payload.length <= 112) {
      bytes.writeUInt32LE(((rest << 5) | (payload.length / 4)) >>> 0, at);
      at += 4;
    } else {
      bytes.writeUInt32LE((rest << 5) >>> 0, at);
      bytes.writeUInt32LE(payload.length + 4, at + 4);
      at += 8;
    }
    bytes.set(payload, at);
    at += payload.length;
  }
  bytes.writeUInt32LE(at - 16, 8);
  return bytes;
}

const planned = fc.record({
  delta: fc.oneof(fc.nat(2 ** 27 - 1), fc.integer({ min: 2 ** 27, max: 2 ** 40 })),
  payload: fc
    .integer({ min: 1, max: 90 })
    .chain((words) => fc.uint8Array({ minLength: 4 * words, maxLength: 4 * words })),
});

describe("pages of the trace ring buffer", () => {
  it("give back every event with its time", () => {
    fc.assert(
      fc.property(
        fc.array(fc.array(planned, { maxLength: 8 }), { maxLength: 3 }),
        fc.nat(),
        (pages, start) => {
          const bytes = Buffer.concat(pages.map((events) => page(BigInt(start), events)));
          const found = [...pageEvents(bytes)];
          const expected = pages.flatMap((events) => {
            let time = BigInt(start);
            return events.map(({ delta, payload }) => {
              time += BigInt(delta);
              return { time, data: Buffer.from(payload) };
            });
          });
          expect(found.map(({ time, data }) => ({ time, data }))).to.deep.equal(expected);
        },
      ),
    );
  });

  it("end at padding", () => {
    const bytes = page(5n, [{ delta: 1, payload: new Uint8Array(4) }]);
    bytes.writeUInt32LE(bytes.readUInt32LE(8) + 8, 8);
    bytes.writeUInt32LE(29, 24);
    expect([...pageEvents(bytes)]).to.have.length(1);
  });

  it("are refused when they claim to be longer than a page", () => {
    const bytes = Buffer.alloc(4096);
    bytes.writeUInt32LE(5000, 8);
    expect(() => [...pageEvents(bytes)]).to.throw("longer than a page");
  });
});

describe("an event's format", () => {
  const format = eventFormat(`name: ml_can_migrate
ID: 512
format:
\tfield:unsigned short common_type;\toffset:0;\tsize:2;\tsigned:0;
\tfield:int common_pid;\toffset:4;\tsize:4;\tsigned:1;

\tfield:u64 feature[NT_NR_FEATURES];\toffset:8;\tsize:264;\tsigned:0;
\tfield:s8 cfs;\toffset:272;\tsize:1;\tsigned:1;
\tfield:s64 logit;\toffset:280;\tsize:8;\tsigned:1;
\tfield:char comm[16];\toffset:288;\tsize:16;\tsigned:0;

print fmt: "comm=%s", REC->comm
`);

  it("tells where each field lies", () => {
    expect(format.id).to.equal(512);
    expect(format.fields.get("feature")).to.include({ offset: 8, size: 264 });
    expect(format.fields.get("comm")).to.deep.equal({ offset: 288, size: 16, signed: false, length: 16 });
  });

  it("reads signed fields with their sign", () => {
    const data = Buffer.alloc(304);
    data.writeInt8(-1, 272);
    data.writeBigInt64LE(-5n, 280);
    expect(fieldValue(data, format.fields.get("cfs")!)).to.equal(-1);
    expect(fieldValue(data, format.fields.get("logit")!)).to.equal(-5);
  });
});
