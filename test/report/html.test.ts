import { expect } from "chai";
import { html, htmlTable, markup, page } from "../../report/html.ts";

describe("markup", () => {
  it("holds texts as texts, whatever they look like", () => {
    const nasty = `<b>&"</b>`;
    expect(html`<p title="${nasty}">${nasty}</p>`.text).to.equal(
      '<p title="&lt;b&gt;&amp;&quot;&lt;/b&gt;">&lt;b&gt;&amp;&quot;&lt;/b&gt;</p>',
    );
    expect(page(nasty, null)).to.contain("<title>&lt;b&gt;&amp;&quot;&lt;/b&gt;</title>");
  });

  it("takes markup as it is, lists line by line, and null for nothing", () => {
    expect(html`${html`<i>${1}</i>`}${markup("<hr>")}${null}`.text).to.equal("<i>1</i><hr>");
    expect(html`${["a<", html`<br>`]}`.text).to.equal("a&lt;\n<br>");
  });

  it("of a table puts numbers to the right and a dash where there is none", () => {
    const { text } = htmlTable(
      "c",
      ["name", "n"],
      [
        ["<x>", 1234.5],
        ["y", null],
      ],
    );
    expect(text).to.contain('<tr><td>&lt;x&gt;</td><td class="n">1,234.5</td></tr>');
    expect(text).to.contain('<tr><td>y</td><td class="n">–</td></tr>');
  });
});
