import { expect } from "chai";
import { InputError } from "../../traces/input-error.ts";

describe("errors in what the user gave", () => {
  it("say where, what was found, what was expected and what next", () => {
    const error = new InputError("is odd", {
      file: "a.csv",
      line: 3,
      field: "pid",
      found: "x",
      expected: "a number",
      hint: "Correct it.",
    });
    expect(error.message).to.equal('a.csv:3: is odd (field pid); found "x"; expected a number. Correct it.');
  });

  it("pass no control characters on to a terminal, whatever the file holds", () => {
    const evil = "\u001b[2J\u0000\u009b1m";
    const { message } = new InputError("unknown column", { field: evil, found: evil });
    expect(message).to.not.match(/\p{Cc}/u);
    expect(message).to.include("(field \\x1b[2J\\x00\\x9b1m)");
  });

  it("stay short", () => {
    const { message } = new InputError("odd", { field: "f".repeat(1e6), found: "g".repeat(1e6) });
    expect(message.length).to.be.below(200);
    expect(message).to.match(/f\.\.\.\); found "g+\.\.\.$/);
  });
});
