import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { expect } from "chai";
import { scratchFolder } from "../traces/support.ts";
import { expectGoldenFiles } from "./expect.ts";

describe("a golden file", () => {
  const scratch = scratchFolder();
  const golden = () => scratch("figure.svg");
  const changed = () => scratch("figure-changed.svg");

  it("fails on the smallest difference, and leaves the new text beside it", () => {
    writeFileSync(golden(), "<svg>1</svg>");
    expect(() => expectGoldenFiles([[golden(), "<svg>2</svg>"]], false)).to.throw(
      /figure-changed\.svg.*UPDATE=1/,
    );
    expect(readFileSync(changed(), "utf8")).to.equal("<svg>2</svg>");
    expect(readFileSync(golden(), "utf8")).to.equal("<svg>1</svg>");
  });

  it("clears the new text away once it is equal again", () => {
    expectGoldenFiles([[golden(), "<svg>1</svg>"]], false);
    expect(existsSync(changed())).to.equal(false);
  });

  it("fails when it is missing", () => {
    expect(() => expectGoldenFiles([[scratch("none.svg"), "x"]], false)).to.throw(/none-changed\.svg/);
    expect(existsSync(scratch("none.svg"))).to.equal(false);
  });

  it("takes the new text when the change is accepted", () => {
    expectGoldenFiles([[golden(), "<svg>2</svg>"]], true);
    expect(readFileSync(golden(), "utf8")).to.equal("<svg>2</svg>");
    expect(existsSync(changed())).to.equal(false);
  });
});
