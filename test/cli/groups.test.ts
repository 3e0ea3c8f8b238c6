import { writeFileSync } from "node:fs";
import { expect } from "chai";
import { runCommand } from "../model/run-command.ts";
import { scratchFolder } from "../traces/support.ts";

const NUMBER = (range: string) => `expected an integer, ${range}`;
const QUOTA = 'expected microseconds in each period, "50000 100000", or "max": at least 1000';
const KEYS = "expected one of cpu.weight, cpu.weight.nice, cpu.idle, cpu.max, cpu.max.burst, cpuset.cpus";

/** What is wrong in the file, the field that is named, what was found and what was expected. */
const WRONG: readonly (readonly [settings: unknown, field: string, found: string, expected: string])[] = [
  [{ "cpu.weight": 0 }, "/a.cpu.weight", "0", NUMBER("1 to 10000")],
  [{ "cpu.weight": 10_001 }, "/a.cpu.weight", "10001", NUMBER("1 to 10000")],
  [{ "cpu.weight": "1.5" }, "/a.cpu.weight", '"1.5"', NUMBER("1 to 10000")],
  [{ "cpu.weight": "default 100" }, "/a.cpu.weight", '"default 100"', NUMBER("1 to 10000")],
  [{ "cpu.weight": true }, "/a.cpu.weight", "true", "expected a text or a number"],
  [{ "cpu.weight": null }, "/a.cpu.weight", '"null"', "expected a text or a number"],
  [{ "cpu.weight.nice": 20 }, "/a.cpu.weight.nice", "20", NUMBER("-20 to 19")],
  [{ "cpu.weight.nice": "-21" }, "/a.cpu.weight.nice", '"-21"', NUMBER("-20 to 19")],
  [
    { "cpu.weight": 3, "cpu.weight.nice": 1 },
    "/a",
    '"cpu.weight 3 and cpu.weight.nice 1"',
    "expected one of the two",
  ],
  [{ "cpu.idle": 2 }, "/a.cpu.idle", "2", NUMBER("0 to 1")],
  [{ "cpu.idle": 1, "cpu.weight": 100 }, "/a", '"cpu.weight 100"', "expected no other beside cpu.idle 1"],
  [{ "cpu.idle": 1, "cpu.weight.nice": 0 }, "/a", '"cpu.weight.nice 0"', "expected no other"],
  [{ "cpu.max": "999" }, "/a.cpu.max", '"999"', QUOTA],
  [{ "cpu.max": "5000 999" }, "/a.cpu.max", '"5000 999"', QUOTA],
  [{ "cpu.max": "5000 1000001" }, "/a.cpu.max", '"5000 1000001"', QUOTA],
  [{ "cpu.max": "max max" }, "/a.cpu.max", '"max max"', QUOTA],
  [{ "cpu.max": "5000 10000 1" }, "/a.cpu.max", '"5000 10000 1"', QUOTA],
  [{ "cpu.max": "-1 10000" }, "/a.cpu.max", '"-1 10000"', QUOTA],
  [{ "cpu.max": [5000, 10_000] }, "/a.cpu.max", '"an array"', "expected a text or a number"],
  [{ "cpu.max.burst": -1 }, "/a.cpu.max.burst", "-1", NUMBER("0 to 1000000000000000")],
  [{ "cpu.max.burst": "max" }, "/a.cpu.max.burst", '"max"', NUMBER("0 to 1000000000000000")],
  [
    { "cpu.max": "5000 10000", "cpu.max.burst": 6000 },
    "/a.cpu.max",
    '"5000 10000 and a burst of 6000"',
    "expected quota and period of at least 1 ms, a period of at most 1 s, a burst not above the quota",
  ],
  [{ "cpuset.cpus": "0-" }, "/a.cpuset.cpus", '"0-"', "expected numbers and ranges up to 8191 such as 0-3,8"],
  [{ "cpuset.cpus": "3-1" }, "/a.cpuset.cpus", '"3-1"', "expected numbers and ranges"],
  [{ "cpuset.cpus": "6-9" }, "/a.cpuset.cpus", "8", "expected CPUs out of 0-7"],
  [{ "cpuset.cpus": {} }, "/a.cpuset.cpus", '"an object"', "expected a text or a number"],
  [{ "cgroup.threads": 3 }, "/a.cgroup.threads", "3", 'such as "web db-*"'],
  [{ "cgroup.threads": [3] }, "/a.cgroup.threads", '"an array"', 'such as "web db-*"'],
  [{ "cpu.weigth": 3 }, "/a.cpu.weigth", "", KEYS],
  [{ "io.max": "8:0 rbps=1" }, "/a.io.max", "", KEYS],
  ["max", "/a", '"max"', "expected an object"],
];

/** The same of the file as a whole. */
const WHOLE: readonly (readonly [text: string, words: readonly string[]])[] = [
  ['{"/":{"cpu.weight":3}}', ["(field /)", "expected a path such as /web"]],
  ['{"/a":{},"a/":{}}', ["there twice", "(field a/)", 'found "/a"', "expected each path once"]],
  ['{"/../a":{}}', ['found "/../a"', "expected a path such as /web/worker"]],
  [`{"${"/a".repeat(33)}":{}}`, ["at most 32 levels deep"]],
  ["[1]", ['found "an array"', "expected an object"]],
  ['{"/a":', ["not JSON", 'expected an object {"/web": {"cpu.weight": 100}, ...}']],
  ["", ["not JSON"]],
  [
    JSON.stringify(Object.fromEntries(Array.from({ length: 1001 }, (_, i) => [`/g${i}`, {}]))),
    ["found 1001", "expected at most 1000"],
  ],
];

describe("a wrong file of control groups", () => {
  const scratch = scratchFolder();
  const complaint = async (text: string): Promise<string> => {
    const path = scratch("groups.json");
    writeFileSync(path, text);
    const { status, stderr } = await runCommand(
      ...["simulate", "numeric", "--duration", "1ms", "--chip", "i5-1035g1", "--groups", path],
    );
    expect(status, text).to.equal(1);
    expect(stderr, text).to.match(/^nicetries: .*groups\.json: /);
    return stderr;
  };

  it("is told by file, field, what was found and what was expected, for each field and way to be wrong", async () => {
    for (const [settings, field, found, expected] of WRONG) {
      const text = JSON.stringify({ "/a": settings });
      const said = await complaint(text);
      expect(said, text).to.include(`(field ${field})`).and.to.include(expected);
      if (found !== "") expect(said, text).to.include(`found ${found};`);
    }
  });

  it("is told also where it is wrong as a whole", async () => {
    for (const [text, words] of WHOLE) {
      const said = await complaint(text);
      for (const each of words) expect(said, text).to.include(each);
    }
  });

  it("has a wrong value of every setting in this test", async () => {
    const { GROUP_FILES } = await import("../../sim/workload/read-groups.ts");
    const seen = new Set(WRONG.flatMap(([settings]) => Object.keys(Object(settings))));
    for (const name of GROUP_FILES) expect(seen, name).to.include(name);
  });
});
