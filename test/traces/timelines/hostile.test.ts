import { execFileSync } from "node:child_process";
import { closeSync, mkdirSync, openSync, writeFileSync, writeSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { expect } from "chai";
import fc from "fast-check";
import {
  readRecording,
  recordingAt,
  recordingNotes,
  replayNotes,
} from "../../../lab/recording/read-recording.ts";
import { hardware } from "../../../sim/chip/hardware.ts";
import { PerfettoPackets } from "../../../traces/export/perfetto.ts";
import { Trace } from "../../../traces/export/perfetto-schema.ts";
import { InputError } from "../../../traces/input-error.ts";
import { refuseNoRecording } from "../../../traces/timelines/other-kinds.ts";
import { runCommand } from "../../model/run-command.ts";
import { inputErrorOf, scratchFolder } from "../support.ts";
import { growRecording } from "./grow.ts";

const idle = { comm: "swapper/0", pid: 0 };
const task = (pid: number) => ({ comm: `t${pid}`, pid });
type Named = ReturnType<typeof task>;
const row = (ms: number, prev: Named, state: string, next: Named, cpu = 0) =>
  `${prev.comm.padStart(16)}-${prev.pid} [${String(cpu).padStart(3, "0")}] d..2. ${(ms / 1000).toFixed(6)}: sched_switch: ` +
  `prev_comm=${prev.comm} prev_pid=${prev.pid} prev_prio=120 prev_state=${state} ==> next_comm=${next.comm} next_pid=${next.pid} next_prio=120\n`;

/** Task 7 runs for 1 ms, ten times. */
const GOOD = Array.from({ length: 10 }, (_, i) => [
  row(1000 + 2 * i, idle, "R", task(7)),
  row(1001 + 2 * i, task(7), "S", idle),
])
  .flat()
  .join("");

/** A Perfetto trace of 300 switches on three CPUs. */
function perfetto(): Uint8Array {
  const packets = new PerfettoPackets();
  const named = (pid: number) => ({ ...task(pid), prio: 120 });
  const packet = [];
  for (let i = 0; i < 300; i++) {
    const [prev, next] = i % 2 === 0 ? [0, 7] : [7, 0];
    const event = { time: i * 1e6, cpu: i % 3, prev: named(prev), next: named(next) };
    packet.push(...packets.add({ type: "switch", ...event, prevState: prev === 0 ? "R" : "S" }));
  }
  packet.push(...packets.end());
  return Trace.encode({ packet }).finish();
}

describe("hostile recordings", () => {
  const scratch = scratchFolder();
  const at = (name: string, bytes: Uint8Array | string): string => {
    writeFileSync(scratch(name), bytes);
    return scratch(name);
  };
  const readAt = (path: string) => readRecording(recordingAt(path)!, { hardware: hardware() });
  const readText = (bytes: Uint8Array | string) => readAt(at("read", bytes));
  const HEADER = "# tracer: nop\n#\n";

  describe("that are read", () => {
    const same: [string, Uint8Array | string][] = [
      ["lines that end as Windows ends them", GOOD.replaceAll("\n", "\r\n")],
      ["a byte order mark", `\ufeff${HEADER}${GOOD}`],
      ["a byte order mark inside gzip", gzipSync(`\ufeff${GOOD}`)],
      ["empty lines", GOOD.replaceAll("\n", "\n\n\n")],
      ["other text between rows", GOOD.replaceAll("\n", "\n[1] some 2.5: thing: else\n")],
      ["the row of no event", `${GOOD}          sh-7     [001] d..2.    1.020000: unknown_event: x=1\n`],
      ["times of a machine that is up for three million years", GOOD.replace(/ 1\./g, " 99999999999999.")],
      ["nonsense for a number of CPUs", `cpus=99999999999\n${GOOD}`],
      [
        "nonsense for a number of entries",
        `# entries-in-buffer/entries-written: ${"9".repeat(30)}/${"9".repeat(31)}   #P:1\n${GOOD}`,
      ],
    ];
    for (const [name, bytes] of same)
      it(`${name}: as if it were not there`, async () => {
        const { summary, lives, flaws } = await readText(bytes);
        expect(summary).to.include({ switches: 20, wakeups: 0, lost: 0, cpus: 1 });
        expect(lives.map((life) => [life.pid, life.runNs])).to.deep.equal([[7, 10_000_000]]);
        expect(flaws).to.include({ contradictions: 0, unread: 0, uncounted: 0 });
      });

    it("a clock that runs backwards: events are sorted, and it is said", async () => {
      const read = await readText(GOOD + row(1005.5, idle, "R", task(8)) + row(1005.6, task(8), "S", idle));
      expect(read.disorder).to.include({ back: 2, late: 0 });
      expect(read.disorder.mostNs).to.be.within(13e6, 14e6);
      expect(recordingNotes(read).join("\n")).to.match(
        /2 events stand behind later ones of their CPU, by up to 13\.\d+ ms/,
      );
    });

    it("a clock that was set back further than can be sorted: its events keep their order", async () => {
      const many = Array.from({ length: 140_000 }, (_, i) =>
        i % 2 === 0 ? row(5000 + i, idle, "R", task(7)) : row(5000 + i, task(7), "S", idle),
      ).join("");
      const read = await readText(many + GOOD);
      expect(read.summary.switches).to.equal(140_020);
      expect(read.disorder).to.include({ back: 20, late: 20 });
      expect(recordingNotes(read).join("\n")).to.include("20 events come too late to be sorted");
    });

    it("a pid that is used again, without a fork that says so: two tasks", async () => {
      const text = GOOD + row(2000, idle, "R", task(7)) + row(2001, task(7), "X", idle);
      const { lives } = await readText(text + row(2002, idle, "R", task(7)) + row(2003, task(7), "S", idle));
      expect(lives.map((life) => [life.pid, life.runNs])).to.deep.equal([
        [7, 11_000_000],
        [7, 1_000_000],
      ]);
    });

    it("one task alone, no wake-ups: it runs from beginning to end", async () => {
      const read = await readText(row(1000, idle, "R", task(7)) + row(1500, task(7), "R", task(7)));
      expect(read.lives.map((life) => life.runNs)).to.deep.equal([500_000_000]);
      expect(replayNotes(read.replay)).to.include("no wake-ups: every task runs from beginning to end");
    });

    it("CPUs that the chip does not have", async () => {
      const path = at("far", GOOD.replaceAll("[000]", "[500]"));
      expect((await readAt(path)).summary.cpus).to.equal(501);
      const { status, stdout, stderr } = await runCommand("simulate", path, "--json");
      expect(status, stderr).to.equal(0);
      expect(stderr).to.include("the recording has 501 CPUs, i5-1035g1 has 8");
      expect(JSON.parse(stdout).recording).to.deep.equal({
        ...{
          format: "ftrace",
          seconds: 0.019,
          cpus: 501,
          switches: 20,
          wakeups: 0,
          migrations: 0,
          lost: 0,
        },
      });
    });

    it("a file that ends in zeros, or within its gzip: something is missing, nobody knows how much", async () => {
      for (const bytes of [
        Buffer.concat([Buffer.from(GOOD), Buffer.alloc(5000)]),
        gzipSync(GOOD).subarray(0, -20),
      ])
        expect((await readText(bytes)).flaws.uncounted).to.equal(1);
    });

    it("gzip that is cut anywhere: what came before, which is said, or a sentence", async () => {
      const bytes = gzipSync(GOOD);
      let read = 0;
      for (let length = bytes.length - 1; length > 2; length -= 5) {
        const path = at("cut.gz", bytes.subarray(0, length));
        if (!recordingAt(path)) continue;
        const found = await readAt(path).catch((error) => error);
        if (found instanceof Error) expect(found.message).to.match(/no switches|no time passes/);
        else {
          read++;
          expect(found.flaws, String(length)).to.include({ cut: true, uncounted: 1, unread: 0 });
          expect(found.summary).to.include({ lost: 0, cut: true });
          const notes = recordingNotes(found).join("\n");
          expect(notes)
            .to.match(/cut off \(truncated\) at its end/)
            .and.not.include("lacks");
        }
      }
      expect(read).to.be.above(3);
    });

    it("gzip in several parts, with zeros behind them or something else, which is said", async () => {
      const half = GOOD.length / 2;
      const parts = Buffer.concat([gzipSync(GOOD.slice(0, half)), gzipSync(""), gzipSync(GOOD.slice(half))]);
      for (const [behind, trailing] of [
        [Buffer.alloc(0), undefined],
        [Buffer.alloc(512), undefined],
        [Buffer.from("something else"), 14],
      ] as const) {
        const read = await readText(Buffer.concat([parts, behind]));
        expect(read.summary).to.include({ switches: 20, lost: 0 }).and.not.to.have.property("cut");
        expect(read.flaws.trailing).to.equal(trailing);
        const notes = recordingNotes(read).join("\n");
        expect(notes.includes("14 bytes behind the end")).to.equal(trailing !== undefined);
      }
    });

    it("a Perfetto trace that is cut anywhere: what came before, or a sentence", async () => {
      const bytes = perfetto();
      for (let length = bytes.length - 1; length > 10; length -= Math.ceil(length / 30)) {
        const path = at("cut", bytes.subarray(0, length));
        const read = recordingAt(path) ? await readAt(path).catch((error) => error) : undefined;
        if (read instanceof Error) expect(read.message).to.match(/no switches|no time passes|damaged/);
        else if (read) expect(read.flaws.uncounted, String(length)).to.be.at.least(1);
      }
    });
  });

  it("with bytes that are wrong anywhere are read, or refused in a sentence", async () => {
    const texts = [
      GOOD,
      GOOD.replaceAll(" d..2. ", " "),
      GOOD.replace(/-(\d+) /g, " $1 ").replaceAll(" d..2. ", " "),
    ];
    const wholes = [...texts.map((text) => Buffer.from(HEADER + text)), Buffer.from(perfetto())];
    const damage = fc.array(fc.tuple(fc.nat(1 << 20), fc.nat(255)), { minLength: 1, maxLength: 20 });
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...wholes), damage, async (whole, wrong) => {
        const bytes = Buffer.from(whole);
        for (const [place, byte] of wrong) bytes[place % bytes.length] = byte;
        const path = at("damaged", bytes);
        try {
          const recording = recordingAt(path);
          if (!recording) refuseNoRecording(path);
          const { summary } = await readAt(path);
          expect(summary.switches).to.be.within(1, 400);
        } catch (error) {
          expect(error).to.be.instanceOf(InputError);
          expect((error as InputError).details.file).to.equal(path);
        }
      }),
      { numRuns: 300 },
    );
  });

  describe("that are refused", () => {
    const refused: [string, Uint8Array | string, RegExp][] = [
      ["nothing", "", /an empty file/],
      [
        "text that is no trace",
        "Lorem ipsum\n".repeat(10_000),
        /no row of an event in its first 65536 bytes/,
      ],
      ["UTF-16, as PowerShell writes it", Buffer.from(`\ufeff${GOOD}`, "utf16le"), /UTF-16 text.*iconv/],
      ["zeros", Buffer.alloc(1000), /zero bytes/],
      ["gzip of nothing", gzipSync(""), /gzip data in which there is nothing/],
      ["damaged gzip", Buffer.from([0x1f, 0x8b, 8, 0, ...Buffer.alloc(40)]), /damaged/],
      ["xz", Buffer.from("\xfd7zXZ\0", "latin1"), /xz -dk/],
      ["bzip2", "BZh91AY", /bzip2 -dk/],
      ["lz4", Buffer.from([4, 0x22, 0x4d, 0x18]), /lz4 -d/],
      ["zstd", Buffer.from([0x28, 0xb5, 0x2f, 0xfd]), /zstd -d/],
      [
        "a tar archive",
        Buffer.concat([Buffer.alloc(257), Buffer.from("ustar"), Buffer.from(GOOD)]),
        /tar archive/,
      ],
      [
        "a tar archive inside gzip",
        gzipSync(Buffer.concat([Buffer.alloc(257), Buffer.from("ustar")])),
        /tar archive/,
      ],
      ["a header without rows", HEADER, /no switches.*found "none of them"/],
      [
        "other events alone",
        "   a-1 [000] d..2. 1.000000: sys_enter: NR 1\n",
        /no switches.*perf sched record/,
      ],
      ["one moment", row(1000, idle, "R", task(7)), /no time passes/],
      [
        "a CPU that no kernel has",
        GOOD.replaceAll("[000]", "[70000]"),
        /refused: has a CPU that no kernel has.*70000/,
      ],
    ];
    for (const [name, bytes, message] of refused)
      it(`${name}, with what it is`, async () => {
        const path = at("refused", bytes);
        const error = await inputErrorOf(async () => {
          const recording = recordingAt(path);
          if (!recording) refuseNoRecording(path);
          await readAt(path);
        });
        expect(error.message).to.match(message);
        expect(error.details.file).to.equal(path);
      });

    it("gzip with a wrong checksum or length", async () => {
      for (const place of [-8, -4]) {
        const bytes = gzipSync(GOOD);
        bytes[bytes.length + place] ^= 0x55;
        const error = await inputErrorOf(() => readText(bytes));
        expect(error.message, String(place)).to.match(/gzip data is damaged/);
        expect(error.details.file).to.equal(scratch("read"));
      }
    });

    it("a folder and a pipe, by the command: exit code 1, in a sentence", async () => {
      mkdirSync(scratch("folder"));
      execFileSync("mkfifo", [scratch("pipe")]);
      for (const [name, message] of [
        ["folder", /is a folder.*Name a file in it/],
        ["pipe", /is a pipe.*Write it to a file first/],
        ["missing", /no such file/],
      ] as const) {
        const { status, stderr } = await runCommand("workload", scratch(name));
        expect(stderr)
          .to.match(message)
          .and.not.match(/internal error|\n\s+at /);
        expect(status).to.equal(1);
      }
    });
  });

  describe("however long", () => {
    const MAIN = fileURLToPath(new URL("../../../cli/main.ts", import.meta.url));
    const TELL =
      "data:text/javascript,process.on('exit',()=>process.stderr.write('peak '+process.resourceUsage().maxRSS))";
    /** Greatest memory of `nicetries workload FILE`, MB, and what it printed. */
    const peakOf = (path: string) => {
      const args = ["--import", "tsx", "--import", TELL, MAIN, "workload", path, "--json"];
      const script = `exec "$0" "$@" 2>${scratch("stderr")}`;
      const stdout = execFileSync("sh", ["-c", script, process.execPath, ...args], {
        encoding: "utf8",
        maxBuffer: 1e8,
      });
      const told = execFileSync("tail", ["-c", "30", scratch("stderr")], { encoding: "utf8" });
      return { megabytes: Number(/peak (\d+)$/.exec(told)![1]) / 1024, json: JSON.parse(stdout) };
    };
    let bare: number;
    before(() => {
      bare = peakOf(at("short", GOOD)).megabytes;
    });

    const repeated = (name: string, piece: string, times: number, pieces = 64) => {
      const file = openSync(scratch(name), "w");
      writeSync(file, GOOD);
      const block = piece.repeat(times / pieces);
      for (let i = 0; i < pieces; i++) writeSync(file, block);
      writeSync(file, `\n${GOOD.replaceAll(" 1.", " 2.")}`);
      closeSync(file);
      return scratch(name);
    };

    it("a line of 100 MB is passed over, in the memory of a short file", () => {
      const { megabytes, json } = peakOf(repeated("line", "y", 100e6));
      expect(json.recording.switches).to.equal(40);
      expect(megabytes).to.be.below(bare + 40);
    });

    it("two million lines that are no rows are passed over, too", () => {
      const { megabytes, json } = peakOf(repeated("junk", "what is this?\n", 2_000_000));
      expect(json.recording.switches).to.equal(40);
      expect(megabytes).to.be.below(bare + 60);
    });

    it("half a million events take some 100 MB", () => {
      const rows = growRecording(scratch("long"), 500_000);
      const { megabytes, json } = peakOf(scratch("long"));
      expect(rows).to.equal(500_000);
      expect(json.recording.switches).to.be.above(200_000);
      expect(megabytes).to.be.below(bare + 150);
    });
  });
});
