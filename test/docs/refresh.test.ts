import { existsSync, readFileSync } from "node:fs";
import { expect } from "chai";
import { ROOT } from "./pages.ts";

describe("scripts/refresh.sh", () => {
  it("runs scripts that exist", () => {
    const script = readFileSync(`${ROOT}scripts/refresh.sh`, "utf8");
    const files = [...script.matchAll(/^(?:npx tsx|sh) (\S+)/gm)].map(([, file]) => file!);
    expect(files.length).to.be.greaterThan(3);
    for (const file of files) expect(existsSync(ROOT + file), file).to.equal(true);
  });
});
