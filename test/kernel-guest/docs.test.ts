import { extract } from "../docs/extract.ts";
import { needsKernel, PAGES, readPage } from "../docs/pages.ts";
import { describePage } from "../docs/run-page.ts";
import { needGuest } from "./support.ts";

/** The pages that speak of a real kernel, every command of them in order: those without a kernel make what others need. */
describe("the commands of docs/ that need a kernel", () => {
  before(function () {
    needGuest(this);
  });
  for (const page of PAGES)
    if (extract(readPage(page)).some((item) => item.kind === "command" && needsKernel(item.text)))
      describePage(page, { kernel: true });
});
