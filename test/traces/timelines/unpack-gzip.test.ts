import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { gzipSync } from "node:zlib";
import { expect } from "chai";
import fc from "fast-check";
import { InputError } from "../../../traces/input-error.ts";
import { type Ending, gzipHeader, unpackGzip } from "../../../traces/timelines/unpack-gzip.ts";
import { scratchFolder } from "../support.ts";

async function unpacked(path: string): Promise<{ bytes: Buffer; ending: Ending }> {
  const ending = { cut: false, trailing: 0 };
  const chunks: Buffer[] = [];
  for await (const chunk of unpackGzip(path, ending)) chunks.push(Buffer.from(chunk));
  return { bytes: Buffer.concat(chunks), ending };
}

describe("gzip data", () => {
  const scratch = scratchFolder();

  it("of any number of parts is unpacked, up to where it is cut", () => {
    const part = fc.uint8Array({ maxLength: 300_000 });
    return fc.assert(
      fc.asyncProperty(fc.array(part, { minLength: 1, maxLength: 4 }), fc.nat(1000), async (parts, where) => {
        const plain = Buffer.concat(parts);
        const packed = Buffer.concat(parts.map((bytes) => gzipSync(bytes)));
        writeFileSync(scratch("a"), packed);
        expect((await unpacked(scratch("a"))).bytes.equals(plain)).to.equal(true);
        writeFileSync(scratch("a"), packed.subarray(0, Math.ceil((where / 1000) * (packed.length - 1))));
        const { bytes } = await unpacked(scratch("a"));
        expect(bytes.equals(plain.subarray(0, bytes.length))).to.equal(true);
      }),
      { numRuns: 30 },
    );
  });

  it("of more bytes than are unpacked at once says at each length whether it is cut", async () => {
    const plain = Buffer.alloc(5_000_000, "a recording ");
    const packed = gzipSync(plain);
    for (const less of [0, 1, 8, 9, 2000]) {
      writeFileSync(scratch("a"), packed.subarray(0, packed.length - less));
      const { bytes, ending } = await unpacked(scratch("a"));
      expect(ending).to.deep.equal({ cut: less > 0, trailing: 0 });
      if (less <= 8) expect(bytes.equals(plain)).to.equal(true);
    }
  });

  it("that is damaged anywhere behind its header is refused, or unpacked as what is left of it", async () => {
    const plain = Buffer.from(Array.from({ length: 2000 }, (_, i) => `row ${i * i}\n`).join(""));
    const packed = gzipSync(plain);
    for (let place = 10; place < packed.length; place += 97) {
      const bytes = Buffer.from(packed);
      bytes[place] ^= 0x55;
      writeFileSync(scratch("a"), bytes);
      const found = await unpacked(scratch("a")).catch((error) => error);
      if (found instanceof Error) expect(found).to.be.instanceOf(InputError);
      else expect(found.ending.cut, String(place)).to.equal(true);
    }
  });

  it("has its name in the header where gzip itself packed it", () => {
    writeFileSync(scratch("named"), "text");
    execFileSync("gzip", [scratch("named")]);
    const packed = execFileSync("cat", [scratch("named.gz")]);
    expect(gzipHeader(packed)).to.equal(10 + "named".length + 1);
    expect(gzipHeader(packed.subarray(0, 12))).to.equal("cut");
    expect(gzipHeader(Buffer.from("text"))).to.equal("none");
  });
});
