import { expect } from "chai";
import fc from "fast-check";
import { taskComm } from "../../../sim/workload/comm.ts";

describe("comm", () => {
  it("is a name of at most 15 bytes of UTF-8, whole characters, none of them invisible", () => {
    expect(taskComm("worker-7")).to.equal("worker-7");
    expect(taskComm("a name of a task")).to.equal("a name of a tas");
    expect(taskComm("ä😀😀😀😀😀")).to.equal("ä😀😀😀");
    expect(taskComm("a\n\u0000b\u009bc\u2028d\ud800e\u202e")).to.equal("a__b_c_d_e_");
    expect(taskComm("ä😀😀😀😀😀", "-12")).to.equal("ä😀😀-12");
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 30 }), (name) => {
        const numbered = taskComm(name, "-123456-0007");
        expect(numbered).to.match(/-123456-0007$/);
        expect(Buffer.byteLength(numbered)).to.be.at.most(15);
        const comm = taskComm(name);
        expect(Buffer.byteLength(comm)).to.be.at.most(15);
        expect(comm).to.not.match(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u);
        expect(taskComm(comm)).to.equal(comm);
        const plain = name.replace(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu, "_");
        expect(plain.startsWith(comm)).to.equal(true);
        const next = [...plain.slice(comm.length)][0] ?? "";
        if (next) expect(Buffer.byteLength(comm + next), "as long as it can be").to.be.greaterThan(15);
      }),
      { numRuns: 1000 },
    );
  });
});
