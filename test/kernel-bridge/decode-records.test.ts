import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import fc from "fast-check";
import { decodeRecords, type Sidecar } from "../../kernel-bridge/collect/decode-records.ts";
import { RECORD as layout } from "../../kernel-bridge/collect/record-layout.ts";
import { traceMetadata } from "../../traces/metadata.ts";
import { rowAt } from "../../traces/table.ts";

const sidecar = (counts: Record<string, number> = {}, nmissed: Record<string, number> = {}) =>
  ({
    constants: {
      idle: { CPU_IDLE: 0, CPU_NOT_IDLE: 1, CPU_NEWLY_IDLE: 2 },
      migration_type: { migrate_load: 0, migrate_util: 1, migrate_task: 2, migrate_misfit: 3 },
      SD_SHARE_CPUCAPACITY: 0x80,
      LBF_ACTIVE_LB: 0x10,
    },
    counts,
    nmissed,
  }) as unknown as Sidecar;

/** One record as the BPF program writes it. */
function record(fields: Record<string, number | bigint>, texts: Record<string, string> = {}): Buffer {
  const bytes = Buffer.alloc(layout.size);
  for (const [name, value] of Object.entries({ kind: 1, static_prio: 120, task_affine: 1, ...fields }))
    bytes.writeBigUInt64LE(BigInt.asUintN(64, BigInt(value)), layout.fields.get(name)!);
  for (const [name, value] of Object.entries(texts)) bytes.write(value, layout.texts.get(name)!.offset);
  return bytes;
}

const decode = (records: Buffer[], side = sidecar()) =>
  decodeRecords(Buffer.concat(records), side, traceMetadata());

describe("the collector's records", () => {
  it("have the layout that a C compiler gives them", () => {
    const names = [...layout.fields.keys(), ...layout.texts.keys()];
    const folder = mkdtempSync(join(tmpdir(), "nicetries-layout-"));
    try {
      const lines = names.map((n) => `printf("%zu\\n", offsetof(struct record, ${n}));`).join("\n");
      const source = `#include <stdio.h>\n#include <stddef.h>\ntypedef unsigned long long u64;
#include "record.h"\nint main(void) {\n${lines}\nprintf("%zu\\n", sizeof(struct record)); return 0; }\n`;
      writeFileSync(join(folder, "layout.c"), source);
      const program = join(folder, "layout");
      execFileSync("gcc", ["-Ikernel-bridge/collect", "-o", program, join(folder, "layout.c")]);
      const found = execFileSync(program).toString().trim().split("\n").map(Number);
      const expected = names.map((n) => layout.fields.get(n) ?? layout.texts.get(n)!.offset);
      expect(found).to.deep.equal([...expected, layout.size]);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });

  it("keep signed and unsigned values as they are", () => {
    const signed = fc.integer({ min: -(2 ** 53), max: 2 ** 53 });
    fc.assert(
      fc.property(signed, signed, signed, fc.nat(2 ** 31), (delta, imbalance, vruntime, load) => {
        const row = rowAt(
          decode([record({ delta, imbalance, task_vruntime: vruntime, src_rq_load: load })]),
          0,
        );
        expect(row).to.include({ delta, imbalance, task_vruntime: vruntime, src_rq_load: load });
      }),
    );
  });

  it("are labelled forced by the heat flag or by a returned 2, and only when the task may go", () => {
    const label = (returned: number, hot: number) => decode([record({ returned, hot })]).numeric.migration[0];
    expect([label(0, 0), label(0, 1), label(1, 0), label(1, 1), label(2, 0)]).to.deep.equal([0, 0, 1, 2, 2]);
  });

  it("are detached exactly where a detach record with their CPU and number follows", () => {
    fc.assert(
      fc.property(fc.array(fc.boolean(), { minLength: 1, maxLength: 30 }), fc.nat(7), (detached, cpu) => {
        const records = detached.flatMap((gone, seq) => [
          record({ cpu, seq, returned: 1 }),
          record({ cpu: (cpu + 1) % 8, seq, returned: 1 }),
          ...(gone ? [record({ kind: 2, cpu, seq, returned: 1 })] : []),
        ]);
        const table = decode(records);
        expect(table.rows).to.equal(2 * detached.length);
        expect([...table.numeric.detached]).to.deep.equal(detached.flatMap((gone) => [Number(gone), 0]));
      }),
    );
  });

  it("tell of a move that was forced before, unless records were lost", () => {
    const move = { pid: 9, src_cpu: 0, dst_cpu: 3, task_nr_migrations: 4 };
    const calls = [
      record({ ...move, returned: 2 }),
      record(move),
      record({ ...move, task_nr_migrations: 5 }),
    ];
    expect([...decode(calls).numeric.task_forced_before]).to.deep.equal([0, 1, 0]);
    const lossy = decode(calls, sidecar({ dropped: 1 }));
    expect([...lossy.numeric.task_forced_before]).to.deep.equal([Number.NaN, Number.NaN, Number.NaN]);
  });

  it("carry the reason in the order in which the kernel asks", () => {
    const reason = (fields: Record<string, number>) => decode([record(fields)]).text.reason[0];
    expect(reason({ task_throttled: 1, task_running: 1 })).to.equal("throttled");
    expect(reason({ task_percpu_kthread: 1, task_affine: 0 })).to.equal("percpu_kthread");
    expect(reason({ task_affine: 0, task_running: 1 })).to.equal("affinity");
    expect(reason({ task_running: 1 })).to.equal("running");
    expect(reason({})).to.equal("hot_refused");
    expect(reason({ returned: 1, lb_flags: 0x10 })).to.equal("active");
    expect(reason({ returned: 1 })).to.equal("cold");
    expect(reason({ returned: 1, hot: 1 })).to.equal("forced");
    // its destination got run time between the collector's look and the kernel's
    const { numeric, text } = decode([record({ task_throttled: 1, returned: 1 })]);
    expect([numeric.task_throttled[0], text.reason[0]]).to.deep.equal([0, "cold"]);
  });

  it("name level, type and task", () => {
    const table = decode([
      record({ migration_type: 2, sd_flags: 0x80 }, { level: "SMT", comm: "hackbench" }),
    ]);
    expect(rowAt(table, 0)).to.include({
      sd_level: "SMT",
      comm: "hackbench",
      lb_migration_type: "migrate_task",
      sd_share_capacity: 1,
    });
  });

  it("count every kind of loss", () => {
    const side = sidecar({ dropped: 3, unmatched: 1, entries: 100 }, { a: 2, b: 1 });
    expect(decode([], side).meta.lostRecords).to.equal(7);
  });

  it("are refused when the file is cut off", () => {
    expect(() => decode([record({}).subarray(1)])).to.throw(/cut off.*multiple of/);
  });

  it("use every field that the header declares", () => {
    const source = readFileSync("kernel-bridge/collect/can_migrate.bpf.c", "utf8");
    for (const name of [...layout.fields.keys(), ...layout.texts.keys()])
      expect(source, name).to.match(new RegExp(`r->${name}\\b`));
  });
});
