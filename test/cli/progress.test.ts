import { PassThrough } from "node:stream";
import { expect } from "chai";
import { progressBar } from "../../cli/progress.ts";

/** A terminal 60 columns wide, and what is written to it. */
function terminal() {
  let text = "";
  const stream = Object.assign(new PassThrough(), {
    isTTY: true,
    columns: 60,
    cursorTo() {},
    clearLine() {},
  });
  stream.on("data", (chunk) => {
    text += chunk;
  });
  return { stream: stream as unknown as NodeJS.WriteStream, text: () => text };
}

describe("a progress bar", () => {
  it("changes no setting of the terminal, which a sudden end would leave behind", () => {
    const { stream, text } = terminal();
    const bar = progressBar("test", stream);
    bar.update(1, 10, "half");
    bar.update(9, 10, "x".repeat(200));
    bar.stop();
    expect(text()).to.contain("test [");
    // DEC private modes: cursor ?25, wrapping ?7
    expect(text()).to.not.contain("\x1b[?");
  });

  it("keeps to one line of the terminal", () => {
    const { stream, text } = terminal();
    const bar = progressBar("test", stream);
    bar.update(1, 10, "x".repeat(200));
    bar.stop();
    const longest = Math.max(
      ...text()
        .split("\x1b")
        .map((part) => part.length),
    );
    expect(longest).to.be.within(40, 64);
  });

  it("is taken away when the process ends, and waits for nothing when it has stopped", () => {
    const { stream, text } = terminal();
    const before = process.listenerCount("exit");
    const bar = progressBar("test", stream);
    bar.update(1, 10);
    expect(process.listenerCount("exit")).to.equal(before + 1);
    bar.stop();
    bar.stop();
    expect(process.listenerCount("exit")).to.equal(before);
    expect(text()).to.contain("test [");
  });

  it("is not there without a terminal", () => {
    const { stream, text } = terminal();
    stream.isTTY = false;
    const bar = progressBar("test", stream);
    bar.update(1, 10);
    bar.stop();
    expect(text()).to.equal("");
  });
});
