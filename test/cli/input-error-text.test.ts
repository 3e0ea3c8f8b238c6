import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { ADVICE, inputErrorText } from "../../cli/input-error-text.ts";
import { InputError, ofOption, RequestError, wrongValue } from "../../traces/input-error.ts";
import { ROOT } from "./run-process.ts";

describe("an error of the library at the command line", () => {
  it("names options as they are typed", () => {
    const error = new InputError("too many", { file: "t.csv", line: 3, option: "niceTries", found: 7 });
    expect(error.message).to.equal("t.csv:3: too many (option niceTries); found 7");
    expect(inputErrorText(error)).to.equal("t.csv:3: too many (option --nice-tries); found 7");
    const request = wrongValue("parameters", "a whole number", "x", ["y"]);
    expect(request.message).to.equal('parameters needs a whole number, found "x". Did you mean y?');
    expect(inputErrorText(request)).to.equal('--param needs a whole number, found "x". Did you mean y?');
  });

  it("that is one of an option says first which", () => {
    const fail = () => {
      throw new InputError("no such feature", { found: "x" });
    };
    expect(() => ofOption("features", fail))
      .to.throw(RequestError, 'features: no such feature; found "x"')
      .that.satisfies((e: RequestError) => inputErrorText(e).startsWith("--features: no such"));
  });

  it("has advice by its code", () => {
    const error = new InputError("is no trace", { code: "no-trace", hint: "Import it." });
    expect(error.message).to.equal("is no trace. Import it.");
    expect(inputErrorText(error)).to.equal(`is no trace. ${ADVICE["no-trace"]}`);
  });

  it("has a code only where there is advice, and advice only where there is such a code", () => {
    const sources = ["sim", "traces", "model", "lab"].flatMap((layer) =>
      readdirSync(join(ROOT, layer), { recursive: true, encoding: "utf8" })
        .filter((name) => name.endsWith(".ts"))
        .map((name) => readFileSync(join(ROOT, layer, name), "utf8")),
    );
    const codes = new Set(
      sources.flatMap((text) => [...text.matchAll(/\bcode: "([a-z-]+)"/g)].map((m) => m[1])),
    );
    codes.delete("custom"); // zod's
    expect(codes).to.deep.equal(new Set(Object.keys(ADVICE)));
  });
});
