import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import { expect } from "chai";
import { PAGES, ROOT, readPage } from "./pages.ts";

/** Anchors of a page, as GitHub makes them from its headings. */
function anchorsOf(text: string): string[] {
  return [...text.replace(/^```[\s\S]*?^```/gm, "").matchAll(/^#+ (.+)$/gm)].map(([, heading]) =>
    heading!
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s_-]/gu, "")
      .trim()
      .replaceAll(" ", "-"),
  );
}

describe("the links of README, examples/ and docs/", () => {
  for (const page of PAGES)
    it(`of ${page} lead somewhere`, () => {
      for (const [, target] of readPage(page).matchAll(/\]\((?!https?:)([^)\s]+)\)/g)) {
        const [path, anchor] = target!.split("#") as [string, string | undefined];
        const file = path === "" ? page : normalize(join(dirname(page), path));
        expect(existsSync(ROOT + file), `${page}: ${target}`).to.equal(true);
        if (anchor !== undefined)
          expect(anchorsOf(readFileSync(ROOT + file, "utf8")), `${page}: ${target}`).to.include(anchor);
      }
    });

  const pages = PAGES.filter((page) => page.startsWith("docs/") && page !== "docs/README.md");

  it("reach every page of docs/ from its index, and every file of examples/ from theirs", () => {
    const index = readPage("docs/README.md");
    for (const page of pages) expect(index, page).to.contain(`(${page.slice("docs/".length)})`);
    for (const name of readdirSync(`${ROOT}examples`).filter((n) => n !== "README.md"))
      expect(readPage("examples/README.md"), name).to.contain(`(${name})`);
  });

  it("reach the glossary from every page", () => {
    for (const page of pages.filter((p) => p !== "docs/glossary.md"))
      expect(readPage(page), page).to.contain("](glossary.md");
  });
});
