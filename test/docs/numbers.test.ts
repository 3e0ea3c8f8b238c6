import { readdirSync, readFileSync } from "node:fs";
import { expect } from "chai";
import type { Cell } from "../../lab/experiments/table.ts";
import { storedTable } from "../../scripts/experiments.ts";
import { shownResults } from "../../scripts/results.ts";
import { parseScenario } from "../../sim/lockstep/scenario.ts";
import { ROOT, readPage } from "./pages.ts";

/** The row of README's six numbers that contains some text. */
function rowWith(text: string): string {
  const rows = readPage("README.md")
    .split("\n")
    .filter((line) => line.startsWith("| ") && line.includes(text));
  expect(rows, text).to.have.length(1);
  return rows[0];
}

describe("the numbers of the README", () => {
  it("are six, each with the command that prints it", () => {
    const section = readPage("README.md").split("## Six numbers")[1].split("\n## ")[0];
    const rows = section.split("\n").filter((line) => /^\| [\d.,]/.test(line));
    expect(rows).to.have.length(6);
    for (const row of rows) expect(row).to.match(/`np[mx] [^`]+`.*\|$|the same \|$/);
  });

  it("on forced calls are those of docs/experiments.md", () => {
    const { columns, rows } = storedTable("kernel", "regimes");
    const [forced, histories] = ["forced %", "calls of histories %"].map((name) =>
      columns.findIndex((column) => column.name.startsWith(name)),
    );
    const row = rowWith("nine equal tasks");
    const from = rows.findIndex(([file]) => file === "rtapp-nine-equal");
    const number = (cell: Cell) => ((Array.isArray(cell) ? cell[0] : cell) as number).toFixed(2);
    for (const cells of rows.slice(from, from + 3))
      expect(row).to.contain(`${number(cells[forced])} and ${number(cells[histories])} %`);
  });

  for (const [question, target] of [
    ["will it move?", "migrate"],
    ["will it be forced in the end?", "forced_eventually"],
  ] as const)
    it(`on “${question}” are those of docs/results.json`, () => {
      const { judges, rows } = shownResults().judged.find(
        (entry) => entry.target === target && entry.preset === "best",
      )!;
      const row = rowWith(question);
      expect(row).to.match(new RegExp(`^\\| ${judges.model!.mcc!.toFixed(3)} \\|`));
      expect(row).to.contain(`rule is at ${judges.rule!.mcc!.toFixed(3)}`);
      expect(rows).to.equal(81_968);
    });
});

/** The rows of a generated table of a page: cells by column. */
function tableOf(page: string, mark: string): Record<string, string>[] {
  const text = readPage(page).split(`<!-- ${mark}: begin -->`)[1].split(`<!-- ${mark}: end -->`)[0];
  const [header, , ...rows] = text
    .trim()
    .split("\n")
    .map((line) =>
      line
        .split("|")
        .slice(1, -1)
        .map((cell) => cell.trim()),
    );
  return rows.map((cells) => Object.fromEntries(cells.map((cell, i) => [header![i], cell])));
}

describe("the prose of docs/learning.md", () => {
  const text = readPage("docs/learning.md").replaceAll(/\s+/g, " ");

  it("says of E2 what the tables of the experiments say", () => {
    const { columns, rows } = storedTable("e2", "held-out");
    const at = (name: string) => columns.findIndex((column) => column.name.startsWith(name));
    const value = (cell: Cell) => (Array.isArray(cell) ? cell[0] : cell) as number;
    let judged = "";
    const all = rows.map((row) => {
      judged = (row[0] as string) || judged; // stands only in the first row of a group
      return {
        judged,
        judge: row[1] as string,
        cut: Math.round(value(row[at("balanced %, cut")])),
        area: value(row[at("PR-AUC")]).toFixed(2),
        mcc: value(row[at("MCC")]),
      };
    });
    const of = (on: string, judge: string) =>
      all.find((row) => row.judged.startsWith(on) && row.judge === judge)!;
    const [best, rule] = [of("another boot", "best"), of("another boot", "the kernel's rule")];
    expect(text).to.contain(`has a balanced accuracy of ${best.cut} % (the rule ${rule.cut} %;`);
    expect(text).to.contain(`a PR-AUC of ${best.area} where the rule has ${rule.area};`);
    const [there, ruleThere] = [of("another chip", "best"), of("another chip", "the kernel's rule")];
    expect(text).to.contain(
      `on the other chip ${there.cut} % and ${there.area} (the rule ${ruleThere.cut} % and ${ruleThere.area})`,
    );
    for (const on of ["another boot", "another chip"])
      for (const { judge, mcc } of all.filter((row) => row.judged.startsWith(on)))
        expect(mcc, `${judge} on ${on}`).to.be.at.most(of(on, "the kernel's rule").mcc);
    const zoo = storedTable("zoo", "zoo").rows;
    const onBusyHost = (model: string) =>
      zoo
        .slice(zoo.findIndex((row) => String(row[0]).startsWith(model)))
        .find((row) => String(row[2]).startsWith("other workloads"))!;
    const positives = (model: string) => Number.parseInt(String(onBusyHost(model)[3]), 10);
    const byModel = Math.round(value(onBusyHost("zoo/e2").at(-1)!));
    // the rule finds those that are forced now, and raises no false alarm
    const byRule = Math.round(50 + (50 * positives("zoo/e3")) / positives("zoo/e2"));
    expect(text).to.contain(`${byModel} % against ${byRule} %, with ${positives("zoo/e2")} positives`);
  });

  it("says of thresholds what their table says", () => {
    const rows = tableOf("docs/learning.md", "thresholds").slice(0, 9);
    const row = (threshold: string) => rows.find((r) => r.threshold === threshold)!;
    const [wide, narrow] = [row("balanced, by Bayes' rule"), row("mcc, searched on all training rows")];
    const [many, few] = [wide, narrow].map((each) => Math.round(Number(each["recall %"])));
    expect(text).to.contain(
      `\`balanced\` finds ${many} of 100 positives and \`mcc\` ${few}, with 1000 times fewer`,
    );
    const alarms = Number(wide["false alarms in 1000 rows"]) / Number(narrow["false alarms in 1000 rows"]);
    expect(alarms).to.be.within(800, 1500);
  });
});

describe("the prose of docs/lockstep.md", () => {
  it("says what the corpus has", () => {
    const text = readPage("docs/lockstep.md").replaceAll(/\s+/g, " ");
    const corpus = `${ROOT}test/conformance/corpus/`;
    const scenarios = (folder: string) =>
      readdirSync(corpus + folder)
        .filter((name) => name.endsWith(".scn"))
        .map((name) => ({ name, text: readFileSync(`${corpus}${folder}/${name}`, "utf8") }));
    const written = ["smt", "mc"].flatMap(scenarios);
    const all = [
      ...written,
      ...["generated-smt", "generated-mc", "groups-smt", "groups-mc"].flatMap(scenarios),
    ];
    expect(text).to.contain(`holds ${all.length} scenarios`);
    expect(text).to.contain(`all ${written.length} dumps of \`smt/\` and \`mc/\``);
    const kinds = new Set(written.map(({ name }) => name.split("-")[0]));
    expect(text).to.contain("Nine kinds of scenario, 200 steps each");
    expect(kinds.size).to.equal(9);
    for (const { name, text: scenario } of written)
      expect(parseScenario(scenario, name, 8).steps, name).to.have.length(200);
  });
});
