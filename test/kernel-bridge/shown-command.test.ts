import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { readRecording } from "../../kernel-bridge/collect/record.ts";
import { shownCommand } from "../../kernel-bridge/collect/shown-command.ts";
import { openTrace } from "../../traces/read-trace.ts";
import { ROOT } from "../cli/run-process.ts";

describe("the command line in a recording", () => {
  it("keeps the last names of absolute paths", () => {
    for (const [word, shown] of [
      ["/home/me/bin/load", "load"],
      ["--conf=/etc/x/y.conf", "--conf=y.conf"],
      ["-I/usr/include/me", "-Ime"],
      ["PATH=/usr/bin:/home/me/bin", "PATH=bin:bin"],
      ["HOME=/home/me", "HOME=~"],
      ["/home/me/", "~"],
      ["cd /srv/me && ./run >/tmp/me/log 2>&1", "cd me && ./run >log 2>&1"],
      ["--file='/home/me/a.txt'", "--file='a.txt'"],
    ])
      expect(shownCommand([word!], "/home/me")).to.equal(shown);
    expect(shownCommand(["/opt/load", "-n", "4"], "/root")).to.equal("load -n 4");
  });

  it("leaves alone what is no path of this machine", () => {
    for (const word of [
      "if=/dev/zero",
      "/proc/self/stat",
      "a/b/c",
      "./x",
      "$HOME/x",
      "1/2",
      "http://host/a/b",
      "s/a/b/",
      "/",
    ])
      expect(shownCommand([word], "/root")).to.equal(word);
  });

  it("is what the trace holds, and with a name of the workload not even that", () => {
    const folder = mkdtempSync(join(tmpdir(), "nicetries-shown-"));
    try {
      const state = { time: 0, schedstat: "" };
      const sidecar = {
        kernel: "6.1",
        chip: "8 CPUs",
        domains: [],
        tunables: {},
        collector: "bcc",
        label: "x",
        counts: {},
        nmissed: {},
        exitCode: 0,
        before: state,
        after: { ...state, time: 1 },
        constants: { idle: {}, migration_type: {} },
      };
      writeFileSync(join(folder, "collector.json"), JSON.stringify(sidecar));
      writeFileSync(join(folder, "records.bin"), "");
      const options = { collector: "bcc" as const, command: ["/home/me/secret/load", "-n", "4"], tool: "t" };
      const { meta } = readRecording(folder, options).table;
      expect(meta.workload).to.equal("load -n 4");
      expect(meta.notes.command).to.equal("load -n 4");
      const named = readRecording(folder, { ...options, workload: "mine", withoutCommand: true }).table.meta;
      expect(named.workload).to.equal("mine");
      expect(named.notes).not.to.have.property("command");
      expect(named.workloadHash).to.equal(meta.workloadHash);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  // Recordings made by an older version: `npx tsx kernel-bridge/benchmarks/record-all.ts --tables` shortens what they hold.
  it("names no folder of the machine in any recording that comes with the project", () => {
    const folder = join(ROOT, "traces/real");
    const files = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((f) =>
      f.endsWith(".parquet"),
    );
    expect(files.length).to.be.greaterThan(20);
    for (const file of files) {
      const { meta } = openTrace(join(folder, file));
      expect(JSON.stringify(meta), file).not.to.match(/\/(home|root|work|tmp|usr|opt|var)\//);
      const { command } = meta.notes;
      if (command !== undefined) expect(shownCommand([command]), file).to.equal(command);
    }
  });
});
