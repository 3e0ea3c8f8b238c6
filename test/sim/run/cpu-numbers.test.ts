import { expect } from "chai";
import { validateTopology } from "../../../sim/chip/topology-json.ts";
import { mapTable } from "../../../sim/output/map-table.ts";
import { schedstatTable } from "../../../sim/output/schedstat-table.ts";
import { InputError } from "../../../traces/input-error.ts";
import type { TraceRow } from "../../../traces/schema.ts";
import { STOPPER_PID, type TimelineEvent } from "../../../traces/timeline.ts";
import { MS, rtApp, simulateIdeal } from "./helpers.ts";

/** Four cores of two threads, of which the second ones are offline. */
const NUMBERS = [0, 2, 4, 6];
const chip = (ids: readonly number[]) =>
  validateTopology(
    { name: "x", cpus: ids.map((id, i) => ({ id, core: i, llc: i >> 1, node: 0 })) },
    "x.json",
  );

const text = (cpus: readonly number[]) => `{"tasks": {
  "hog": {"instance": 6, "run": 7000, "sleep": 1000},
  "pinned": {"instance": 2, "cpus": [${cpus[1]}, ${cpus[3]}], "run": 3000},
  "roams": {"phases": {"a": {"cpus": [${cpus[0]}], "run": 20000}, "b": {"cpus": [${cpus[2]}], "run": 20000}}}},
  "global": {"duration": 1}}`;

function run(numbers: readonly number[]) {
  const rows: TraceRow[] = [];
  const r = simulateIdeal(rtApp(text(numbers)), {
    topology: chip(numbers),
    onDecision: (row) => rows.push({ ...row }),
  });
  return { ...r, rows };
}

describe("a chip whose CPU numbers have gaps", () => {
  const plain = run([0, 1, 2, 3]);
  const gaps = run(NUMBERS);
  const numbered = (event: TimelineEvent): TimelineEvent =>
    JSON.parse(
      JSON.stringify(event, (key, value) => {
        if (/cpu$/i.test(key)) return NUMBERS[value];
        if (key === "pid" && value >= STOPPER_PID) return STOPPER_PID + NUMBERS[value - STOPPER_PID];
        if (key === "comm")
          return value.replace(
            /^(swapper|migration)\/(\d)$/,
            (_: string, name: string, n: string) => `${name}/${NUMBERS[Number(n)]}`,
          );
        return value;
      }),
    );

  it("schedules as one without gaps does, and all that it tells has the kernel's numbers", () => {
    expect(gaps.rows).to.deep.equal(
      plain.rows.map((row) => ({ ...row, src_cpu: NUMBERS[row.src_cpu], dst_cpu: NUMBERS[row.dst_cpu] })),
    );
    expect(gaps.rows.length).to.be.greaterThan(50);
    expect(gaps.timeline.map((e) => JSON.parse(JSON.stringify(e)))).to.deep.equal(
      plain.timeline.map(numbered),
    );
    expect(new Set(gaps.timeline.map((e) => e.type)).size).to.be.at.least(4);
    expect(gaps.cpus.map((c) => c.cpu)).to.deep.equal(NUMBERS);
    expect(gaps.schedstat.cpus.map((c) => c.cpu)).to.deep.equal(NUMBERS);
    expect(gaps.schedstat.cpus[3].domains.map((d) => d.span)).to.deep.equal([
      [4, 6],
      [0, 2, 4, 6],
    ]);
    expect(gaps.tasks).to.deep.equal(plain.tasks);
  });

  it("stands in the tables by its numbers, masks as wide as the highest", () => {
    const lines = schedstatTable(gaps).split("\n");
    const heads = lines.filter((l) => l.startsWith("cpu")).map((l) => l.split(" ")[0]);
    expect(heads).to.deep.equal(["cpu0", "cpu2", "cpu4", "cpu6"]);
    expect(lines.find((l) => l.startsWith("domain1"))).to.match(/^domain1 55 /);
    const map: string[] = [];
    const listener = mapTable(NUMBERS, (t) => map.push(t));
    for (const event of gaps.timeline) listener(event);
    for (const line of map) expect(line.split(" secs")[0]).to.match(/^[^*]*\*[^*]*$/);
  });

  it("refuses a CPU that is not online by its number", () => {
    const pinned = (cpu: number) => rtApp(`{"tasks": {"a": {"cpus": [${cpu}], "loop": 1, "run": 5}}}`);
    expect(() => simulateIdeal(pinned(1), { topology: chip(NUMBERS) })).to.throw(
      InputError,
      /a CPU that the chip does not have \(field cpus\); found 1; expected one of 0, 2, 4, 6/,
    );
    const r = simulateIdeal(pinned(6), { topology: chip(NUMBERS) });
    expect(r.cpus.filter((c) => c.busyNs > 0).map((c) => c.cpu)).to.deep.equal([6]);
    expect(r.simulatedNs).to.be.below(MS);
  });
});
