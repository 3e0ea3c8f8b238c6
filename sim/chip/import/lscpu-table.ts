import { InputError } from "../../../traces/input-error.ts";
import type { Topology } from "../topology.ts";
import { assemble, type FoundCpu } from "./assemble.ts";

/**
 * The per-CPU forms of lscpu: `-e` (a table), `-e -J` and `-p` (comma-separated). All name CPU, core, socket, node and the
 * caches, as "L1d:L1i:L2:L3" in one column or in a column each; none tells distances. CPUs that are offline are left out.
 */

/** A cell: its column in lower case, and the text; "" where lscpu says "-" or null. */
type Row = ReadonlyMap<string, string>;

/** {"cpus": [{"cpu": 0, "node": 0, ...}]}; old versions write numbers and flags as texts. */
export function lscpuJsonTable(list: readonly unknown[], file: string): Topology {
  const rows = list.map((cpu, i): [Row, { line?: number; field?: string }] => {
    if (typeof cpu !== "object" || cpu === null || Array.isArray(cpu)) {
      throw new InputError("not a CPU of lscpu", {
        file,
        field: `cpus[${i}]`,
        found: cpu,
        expected: "an object",
      });
    }
    const cells = Object.entries(cpu).map(([key, value]): [string, string] => [
      key.toLowerCase(),
      cellOf(value),
    ]);
    return [new Map(cells), { field: `cpus[${i}]` }];
  });
  return chipOf(rows, file);
}

/** The lines of `lscpu -p`: the last comment is the header. */
export function lscpuParsable(text: string, file: string): Topology {
  let header: string[] = [];
  const rows: [Row, { line: number }][] = [];
  for (const [i, line] of text.split("\n").entries()) {
    if (line.trim() === "") continue;
    if (line.startsWith("#")) header = line.slice(1).trim().toLowerCase().split(",");
    else rows.push([rowOf(header, line.trim().split(",")), { line: i + 1 }]);
  }
  return chipOf(rows, file);
}

/** The lines of `lscpu -e`: the first one is the header. */
export function lscpuExtended(text: string, file: string): Topology {
  const lines = text.split("\n");
  const first = lines.findIndex((line) => line.trim() !== "");
  const header = lines[first].trim().toLowerCase().split(/\s+/);
  const rows: [Row, { line: number }][] = [];
  for (let i = first + 1; i < lines.length; i++)
    if (lines[i].trim() !== "") rows.push([rowOf(header, lines[i].trim().split(/\s+/)), { line: i + 1 }]);
  return chipOf(rows, file);
}

const rowOf = (header: readonly string[], cells: readonly string[]): Row =>
  new Map(header.map((name, i) => [name, cellOf(cells[i])]));

function cellOf(value: unknown): string {
  const text = value === null || value === undefined ? "" : String(value).trim();
  return text === "-" ? "" : text;
}

function chipOf(rows: readonly [Row, { line?: number; field?: string }][], file: string): Topology {
  const cpus: FoundCpu[] = [];
  const notes: string[] = [];
  const seen = new Set<number>();
  for (const [row, place] of rows) {
    const online = row.get("online")?.toLowerCase();
    if (online === "false" || online === "no" || online === "n") continue;
    const id = number(row, "cpu", file, place);
    if (id === undefined)
      fail("a line without a CPU", file, place, row.get("cpu"), "its number in the column CPU");
    if (seen.has(id)) fail("a CPU that was there before", file, place, id, "each CPU once");
    seen.add(id);
    // A CPU that is offline without saying so has nothing but its number.
    if (!row.get("core") && !row.get("socket") && !row.get("node")) continue;
    cpus.push(cpuOf(id, row, file, place));
  }
  if (cpus.length > 0 && rows.every(([row]) => !row.has("core")))
    notes.push("nothing says which CPUs share a core: each taken for its own");
  return assemble({ file, name: file, cpus, notes });
}

function cpuOf(id: number, row: Row, file: string, place: { line?: number; field?: string }): FoundCpu {
  const socket = [row.get("drawer"), row.get("book"), row.get("socket")].filter(Boolean).join("/");
  const core = row.get("core");
  const { l2, llc } = cachesOf(row);
  return {
    id,
    // With `-y` cores are numbered within their socket.
    core: core ? `${socket}/${core}` : `cpu ${id}`,
    ...(socket ? { package: socket } : {}),
    ...(l2 === undefined ? {} : { l2 }),
    ...(llc === undefined ? {} : { llc }),
    node: number(row, "node", file, place),
  };
}

/** L2 and last-level cache, from the columns l1d, l2, l3 or from one whose name and cells join them with colons. */
function cachesOf(row: Row): { l2?: string; llc?: string } {
  const caches = new Map<string, string>();
  for (const [name, cell] of row) {
    if (cell === "" || !/^(cache|l\d[di]?(:l\d[di]?)*)$/.test(name)) continue;
    const cells = cell.split(":");
    const names = name === "cache" ? namesOf(cells.length) : name.split(":");
    for (const [i, of] of names.entries()) if (cells[i]) caches.set(of, cells[i]);
  }
  const level = [...caches.keys()]
    .filter((n) => /^l\d$/.test(n))
    .sort()
    .at(-1);
  const named = (n: string | undefined) =>
    n === undefined || !caches.has(n) ? undefined : `${n} ${caches.get(n)}`;
  return { l2: named("l2"), llc: named(level) };
}

/** The caches of a column that does not name them: two first-level ones, then one of each level. */
const namesOf = (count: number): string[] => ["l1d", "l1i", "l2", "l3", "l4"].slice(0, count);

function number(
  row: Row,
  column: string,
  file: string,
  place: { line?: number; field?: string },
): number | undefined {
  const text = row.get(column);
  if (text === undefined || text === "") return undefined;
  if (!/^\d{1,5}$/.test(text))
    fail("not a number", file, { ...place, field: column }, text, "an integer from 0 on");
  return Number(text);
}

function fail(
  problem: string,
  file: string,
  place: { line?: number; field?: string },
  found: unknown,
  expected: string,
): never {
  throw new InputError(problem, { file, ...place, found, expected });
}
