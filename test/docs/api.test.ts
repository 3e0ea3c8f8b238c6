import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { scratchFolder } from "../traces/support.ts";
import { ROOT } from "./pages.ts";

/** Names that index.ts exports. */
function exported(): string[] {
  const text = readFileSync(join(ROOT, "index.ts"), "utf8");
  const lists = [...text.matchAll(/^export (?:type )?\{([^}]*)\} from/gm)].map((match) => match[1]);
  const names = lists.flatMap((list) => list.split(",")).map((name) => name.trim());
  return names.filter((name) => name !== "").map((name) => name.replace(/^type /, "").replace(/^.* as /, ""));
}

describe("the API reference", () => {
  const scratch = scratchFolder();

  it("has a page for each export of the library, and no warnings", () => {
    const { stdout, stderr, status } = spawnSync(
      "npm",
      ["run", "--silent", "docs:api", "--", "--out", scratch("api")],
      { cwd: ROOT, encoding: "utf8" },
    );
    expect(`${stdout}${stderr}`, "TypeDoc says").not.to.match(/\[(warning|error)\]/);
    expect(status).to.equal(0);
    const names = exported();
    expect(names.length).to.be.greaterThan(100);
    const kinds = ["functions", "classes", "interfaces", "types", "variables"];
    const hasPage = (name: string) =>
      kinds.some((kind) => existsSync(join(scratch("api"), kind, `${name}.html`)));
    expect(names.filter((name) => !hasPage(name))).to.deep.equal([]);
  });
});
