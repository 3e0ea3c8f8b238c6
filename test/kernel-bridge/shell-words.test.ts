import { execFileSync } from "node:child_process";
import { expect } from "chai";
import fc from "fast-check";
import { shellWords } from "../../kernel-bridge/guest/shell-words.ts";

describe("shell words", () => {
  it("come out of a real shell as they went in", () => {
    const word = fc.string({ minLength: 1, unit: fc.constantFrom(..."ab '\"$`\\\n*?~#;&|<>(){}[]-=:/") });
    fc.assert(
      fc.property(fc.array(word, { minLength: 1, maxLength: 5 }), (words) => {
        const out = execFileSync("sh", ["-c", `printf '%s\\0' ${shellWords(words)}`]);
        expect(out.toString().split("\0").slice(0, -1)).to.deep.equal(words);
      }),
      { numRuns: 60 },
    );
  });

  it("keeps an empty word", () => {
    expect(execFileSync("sh", ["-c", `printf '<%s>' ${shellWords(["", "a"])}`]).toString()).to.equal("<><a>");
  });
});
