import { expect } from "chai";
import fc from "fast-check";
import { parseConditions, parseStretch } from "../../traces/conditions.ts";
import { FILE_ORDER, NUMERIC_NAMES } from "../../traces/schema.ts";
import { tableFromRows } from "../../traces/table.ts";
import { inputErrorOf } from "./support.ts";

const table = tableFromRows([
  { pid: 1, ts: 1_000_000, delta: 300_000, reason: "forced", comm: "my, task", migration: 2 },
  { pid: 2, ts: 2_000_000, delta: -5, reason: "cold", comm: "and", migration: 1, detached: 1 },
  { pid: 3, ts: 3_000_000, reason: "", migration: 0, detached: 0 },
]);
const matching = (...texts: string[]) => {
  const { holds } = parseConditions(texts);
  return [0, 1, 2].filter((row) => holds(table, row)).map((row) => table.numeric.pid[row]);
};
const refused = async (text: string) => (await inputErrorOf(() => parseConditions([text]))).message;

describe("conditions on rows", () => {
  it("compare numbers and texts by every operator", () => {
    expect(matching("pid=2")).to.deep.equal([2]);
    expect(matching("pid!=2")).to.deep.equal([1, 3]);
    expect(matching("pid<2")).to.deep.equal([1]);
    expect(matching("pid<=2")).to.deep.equal([1, 2]);
    expect(matching("pid>2")).to.deep.equal([3]);
    expect(matching("pid >= 2")).to.deep.equal([2, 3]);
    expect(matching("PID==2")).to.deep.equal([2]);
    expect(matching("reason=forced")).to.deep.equal([1]);
    expect(matching("reason!=forced")).to.deep.equal([2]);
  });

  it("do the same as JavaScript on every numeric column and value", () => {
    const cell = fc.oneof(fc.integer({ min: -3, max: 3 }), fc.constant(Number.NaN));
    const operator = fc.constantFrom("=", "!=", "<", "<=", ">", ">=");
    fc.assert(
      fc.property(
        fc.constantFrom(...NUMERIC_NAMES),
        cell,
        operator,
        fc.integer({ min: -3, max: 3 }),
        (name, has, op, asked) => {
          const found = parseConditions([`${name}${op}${asked}`]).holds(tableFromRows([{ [name]: has }]), 0);
          const expected: Record<string, boolean> = {
            "=": has === asked,
            "!=": has !== asked && !Number.isNaN(has),
            "<": has < asked,
            "<=": has <= asked,
            ">": has > asked,
            ">=": has >= asked,
          };
          expect(found).to.equal(expected[op]);
        },
      ),
    );
  });

  it("may be several, of which all hold, between commas, by `and` or one by one", () => {
    for (const texts of [["pid>1,pid<3"], ["pid>1 and pid<3"], ["pid>1 && pid<3"], ["pid>1", "pid<3"]])
      expect(matching(...texts), texts.join()).to.deep.equal([2]);
    expect(matching()).to.deep.equal([1, 2, 3]);
  });

  it("take quoted texts with whatever is in them", () => {
    expect(matching(`comm="my, task"`)).to.deep.equal([1]);
    expect(matching(`comm='my, task' and pid=1`)).to.deep.equal([1]);
    expect(matching("comm=and")).to.deep.equal([2]);
    expect(matching(`comm="and",pid=2`)).to.deep.equal([2]);
  });

  it("take times where the column has ns", () => {
    expect(matching("delta<0.5ms")).to.deep.equal([1, 2]);
    expect(matching("delta>=300us")).to.deep.equal([1]);
    expect(matching("ts>1.5ms")).to.deep.equal([2, 3]);
    expect(matching("delta>-1us,delta<0")).to.deep.equal([2]);
  });

  it("are fulfilled by an unknown cell only where they ask for it", () => {
    expect(matching("delta=")).to.deep.equal([3]);
    expect(matching("delta!=")).to.deep.equal([1, 2]);
    expect(matching("reason=")).to.deep.equal([3]);
    expect(matching("detached!=1")).to.deep.equal([3]);
  });

  it("name what is not known, and what is near", async () => {
    expect(await refused("reasn=forced")).to.match(/no such column; found "reasn"; .*perhaps reason/);
    expect(await refused("failed>1")).to.match(/perhaps sd_nr_balance_failed/);
    expect(await refused("xyzzy=1")).to.match(/expected one of pid, ts/);
    expect(await refused("reason=force")).to.match(/no such reason .*found "force"; expected forced/);
    expect(await refused("pid=abc")).to.match(/field pid\); found "abc"; expected a whole number/);
    expect(await refused("pid=3ms")).to.match(/whole number/);
    expect(await refused("delta<soon")).to.match(/a time such as 500us/);
    expect(await refused("comm<a")).to.match(/neither less nor greater/);
    expect(await refused("pid<")).to.match(/a value is missing/);
    expect(await refused("forced")).to.match(/no condition; .*COLUMN=VALUE/);
    expect(await refused("pid=1,")).to.match(/no condition/);
  });

  it("name the columns that they need", () => {
    expect(parseConditions(["pid=1,comm=a", "pid>0"]).columns).to.deep.equal(["pid", "comm"]);
    for (const name of FILE_ORDER) expect(parseConditions([`${name}=`]).columns).to.deep.equal([name]);
  });
});

describe("stretches of time", () => {
  it("have one end or two", () => {
    expect(parseStretch("1.2s..1.3s")).to.deep.equal({ from: 1_200_000_000, to: 1_300_000_000 });
    expect(parseStretch(" 500ms .. ")).to.deep.equal({ from: 500_000_000, to: Infinity });
    expect(parseStretch("..2s")).to.deep.equal({ from: 0, to: 2_000_000_000 });
  });

  it("are refused where they are none", async () => {
    for (const text of ["", "..", "1s", "2s..1s", "1..2", "1s..2s..3s", "a..b"])
      expect((await inputErrorOf(() => parseStretch(text))).message, text).to.match(
        /no stretch of time.*1\.2s\.\.1\.3s/,
      );
  });
});
