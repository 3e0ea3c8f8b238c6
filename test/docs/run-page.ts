import { expect } from "chai";
import { installedQemus, knowsVirtualTime } from "../../kernel-bridge/guest/qemu.ts";
import { Clone } from "./clone.ts";
import { type DocItem, extract, matchesOutput } from "./extract.ts";
import { EXCEPTIONS, needsKernel, needsVirtualTime, readPage, SET_UP, testFiles } from "./pages.ts";

/**
 * Runs the commands of a page in order, in one folder, each as a test of its own.
 * @param kernel Whether a guest kernel is at hand. Commands that need one are left out otherwise; what npm runs makes nothing
 *   that they would need.
 */
export function describePage(page: string, { kernel }: { kernel: boolean }): void {
  const items = extract(readPage(page)).filter(
    (item) => item.kind === "file" || (item.kind === "command" && runsWhere(kernel, item.text)),
  );
  if (!items.some((item) => item.kind === "command")) return;
  describe(page, () => {
    let clone: Clone;
    before(async () => {
      clone = new Clone();
      for (const command of SET_UP[page] ?? []) await succeed(clone, command);
    });
    after(() => clone.remove());
    for (const item of items)
      if (item.kind === "file")
        it(`line ${item.line}: ${item.name}`, () => clone.write(item.name, item.text));
      else describeCommand(item, () => clone);
  });
}

function runsWhere(kernel: boolean, command: string): boolean {
  if (!kernel) return !needsKernel(command);
  if (needsVirtualTime(command)) return installedQemus().some(knowsVirtualTime);
  return needsKernel(command) || !command.startsWith("npm ");
}

function describeCommand(item: Exclude<DocItem, { kind: "file" }>, clone: () => Clone): void {
  const exception = EXCEPTIONS.find(({ command }) => command === item.text);
  if (exception?.runBy || testFiles(item.text).length > 0) return;
  it(`line ${item.line}: ${exception?.instead ?? item.text}`, async () => {
    const stdout = await succeed(clone(), exception?.instead ?? item.text, exception?.exitCode);
    if (item.output !== undefined && !matchesOutput(stdout, item.output))
      expect(stdout).to.equal(item.output);
  });
}

async function succeed(clone: Clone, command: string, code = 0): Promise<string> {
  const done = await clone.run(command);
  expect(done.code, `${command}\n${done.stdout.slice(-2000)}\n${done.stderr.slice(-2000)}`).to.equal(code);
  return done.stdout;
}
