import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { gzipSync } from "node:zlib";
import { expect } from "chai";
import { writeParquet } from "../../traces/parquet.ts";
import { runCommand } from "../model/run-command.ts";
import { plausibleTable } from "../traces/arbitraries.ts";
import { scratchFolder } from "../traces/support.ts";

const APP = readFileSync(new URL("../../examples/app.json", import.meta.url));
const CHIP = readFileSync(new URL("../../examples/chip.json", import.meta.url));
const SCENARIO = readFileSync(new URL("../conformance/corpus/smt/mixed-1.scn", import.meta.url));

describe("hostile input", () => {
  const scratch = scratchFolder();
  const at = (name: string, text?: Uint8Array | string): string => {
    if (text !== undefined) writeFileSync(scratch(name), text);
    return scratch(name);
  };
  const mark = (bytes: Uint8Array) => Buffer.concat([Buffer.from([0xef, 0xbb, 0xbf]), bytes]);
  const crlf = (bytes: Uint8Array) => Buffer.from(bytes.toString().replaceAll("\n", "\r\n"));
  const utf16 = (bytes: Uint8Array) => Buffer.from(`\ufeff${bytes.toString()}`, "utf16le");

  before(() => {
    const { meta, ...table } = plausibleTable(200);
    writeParquet(at("t.parquet"), { ...table, meta: { ...meta, tunables: { migration_cost_ns: 500_000 } } });
    at("t.csv", "pid,ts,migration\n1,2,0\n3,4,1\n");
    mkdirSync(scratch("dir.json"));
    symlinkSync("loop.json", scratch("loop.json"));
  });

  const short = ["--duration", "2ms", "--json"];
  /** What reads a text of each kind, given the file's name. */
  const READERS: [what: string, text: Uint8Array, words: (file: string) => string[]][] = [
    ["an rt-app file", APP, (file) => ["simulate", file, ...short]],
    ["a chip", CHIP, (file) => ["simulate", "hackbench", "--chip", file, ...short]],
    ["a scenario", SCENARIO, (file) => ["lockstep", file]],
    [
      "metadata",
      Buffer.from('{"kernel": "6.1",\n "migration_cost_ns": 500000}\n'),
      (file) => ["trace", "import", at("t.csv"), "--meta", file, "--out", at("i.parquet")],
    ],
  ];
  for (const [what, text, words] of READERS) {
    const run = (name: string, bytes: Uint8Array) =>
      runCommand(...words(at(`${name}.${what === "a scenario" ? "scn" : "json"}`, bytes)));

    it(`${what} may begin with a byte order mark and end its lines as Windows does`, async () => {
      const plain = await run("plain", text);
      expect(plain.status, plain.stderr).to.equal(0);
      for (const [name, bytes] of [
        ["mark", mark(text)],
        ["crlf", crlf(text)],
      ] as const) {
        const other = await run(name, bytes);
        expect(other.status, other.stderr).to.equal(0);
        expect(other.stdout.length, name).to.be.within(plain.stdout.length - 20, plain.stdout.length + 20);
      }
    });

    it(`${what} that is none is refused in a sentence, with what it is`, async () => {
      for (const [name, bytes, message] of [
        ["utf16", utf16(text), what === "metadata" ? /no JSON/ : /found "UTF-16 text".*iconv -f UTF-16/],
        ["empty", Buffer.alloc(0), /expected|empty/],
        ["noise", Buffer.from(Array.from({ length: 500 }, (_, i) => (i * 167 + 13) % 256)), /expected/],
        ["packed", gzipSync(text), what === "a chip" ? /^$/ : /gzip data|no JSON/],
        ["zeros", Buffer.alloc(5000), /zero bytes|no JSON/],
      ] as const) {
        const { status, stderr, stdout } = await run(name, bytes);
        expect(stderr, name)
          .to.match(message)
          .and.not.match(/internal error|\n\s+at |(?!\n)\p{Cc}/u);
        expect([status, stdout.length > 0], name).to.deep.equal(
          message.source === "^$" ? [0, true] : [1, false],
        );
      }
    });
  }

  const refused: [string, () => string[], number, RegExp][] = [
    [
      "a link to itself",
      () => ["simulate", at("loop.json")],
      1,
      /a symbolic link leads back to itself \(ELOOP\)/,
    ],
    [
      "a name that is too long",
      () => ["simulate", `./${"x".repeat(5000)}.json`],
      1,
      /the name is too long \(ENAMETOOLONG\)/,
    ],
    [
      "a name that speaks to the terminal",
      () => ["simulate", "./\u001b[31m\u202e.json"],
      1,
      /\.\/\\x1b\[31m\\u202e\.json: there is no such file/,
    ],
    ["a folder for a workload", () => ["simulate", at("dir.json")], 1, /a directory; expected a workload/],
    [
      "the policy of no file",
      () => ["simulate", "numeric", "--policy", "model:"],
      2,
      /a model file behind it \(model:m\.nt\), found "model:"$/m,
    ],
    [
      "a million parts",
      () => ["trace", "split", at("t.parquet"), "--parts", "1e6", "-o", at("p.parquet")],
      2,
      /--parts needs .* at most 10000, found "1e6"/,
    ],
    [
      "a billion steps",
      () => ["lockstep", "--generate", "mixed:1", "--steps", "1e9"],
      2,
      /--steps needs .* at most 1000000/,
    ],
    [
      "more resamples than memory",
      () => ["evaluate", "m.nt", at("t.parquet"), "--resamples", "1e15"],
      2,
      /--resamples needs .* at most 100000/,
    ],
    [
      "more permutations than time",
      () => ["train", at("t.parquet"), "--target", "migrate", "--permutations", "1e15", "--out", at("m.nt")],
      2,
      /--permutations needs/,
    ],
    [
      "CSV under the name of Parquet",
      () => ["trace", "export", at("t.parquet"), "--to", "csv", "--out", at("x.parquet")],
      2,
      /the name is that of Parquet, expected one for csv/,
    ],
    [
      "Perfetto under the name of CSV",
      () => ["trace", "export", at("t.parquet"), "--to", "perfetto", "--out", at("x.csv.gz")],
      2,
      /the name is that of csv, expected one for perfetto/,
    ],
    [
      "a trace that is given twice to learn from",
      () => ["train", at("t.parquet"), scratch("./t.parquet"), "--target", "migrate", "--out", at("m.nt")],
      2,
      /is given twice/,
    ],
    [
      "a trace that is given twice to judge",
      () => ["evaluate", "m.nt", at("t.parquet"), at("t.parquet")],
      2,
      /is given twice/,
    ],
    [
      "an option for a value",
      () => ["simulate", "numeric", "--out", "--json"],
      2,
      /--out needs a value \(--out <file>\), found "--json"/,
    ],
    [
      "an unset variable for a seed",
      () => ["simulate", "numeric", "--seed", ""],
      2,
      /--seed needs a value \(--seed <seed>\), found ""/,
    ],
    [
      "help of what there is not",
      () => ["help", "trace", "chek"],
      2,
      /help needs one of .* found "chek"\. Did you mean check\?/,
    ],
    [
      "a scenario's folder for an output",
      () => ["kernel", "lockstep", at("s.scn", SCENARIO), "--out", at("s.scn")],
      1,
      /s\.scn: a file of that name is in the way \(EEXIST\)/,
    ],
  ];
  for (const [what, words, code, message] of refused)
    it(`${what} is refused in a sentence`, async () => {
      const { status, stderr, stdout } = await runCommand(...words());
      expect(stderr)
        .to.match(message)
        .and.not.match(/internal error|\n\s+at /);
      expect(stderr.length).to.be.below(600);
      expect([status, stdout]).to.deep.equal([code, ""]);
    });
});
