import { readdirSync, readFileSync } from "node:fs";
import { expect } from "chai";
import { shownResults } from "../../scripts/results.ts";
import { parseScenario } from "../../sim/lockstep/scenario.ts";
import { ROOT, readPage } from "./pages.ts";

/** The row of README's five numbers that contains some text. */
function rowWith(text: string): string {
  const rows = readPage("README.md")
    .split("\n")
    .filter((line) => line.startsWith("| ") && line.includes(text));
  expect(rows, text).to.have.length(1);
  return rows[0];
}

describe("the numbers of the README", () => {
  it("are five, each with the command that prints it", () => {
    const section = readPage("README.md").split("## Five numbers")[1].split("\n## ")[0];
    const rows = section.split("\n").filter((line) => /^\| [\d.,]/.test(line));
    expect(rows).to.have.length(5);
    for (const row of rows) expect(row).to.match(/`np[mx] [^`]+`.*\|$|the same \|$/);
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

  it("says of E2 what its table says", () => {
    let judged = "";
    const real = tableOf("docs/learning.md", "forced_eventually")
      .map((row): Record<string, string> => {
        judged = row["judged on"] || judged; // stands only in the first row of a group
        return { ...row, judged };
      })
      .filter((row) => /^(later in the same|another|other workloads)/.test(row.judged!));
    const of = (judge: string) => real.filter((row) => row.judge === judge);
    const at = (on: string, judge: string) => of(judge).find((row) => row.judged.startsWith(on))!;
    const cut = (on: string, judge: string) =>
      Math.round(Number.parseFloat(at(on, judge)["balanced %, cut at base rate"]));
    const area = (on: string, judge: string) => Number(at(on, judge)["PR-AUC"]).toFixed(2);
    const [best, rule] = ["**best**", "the kernel's rule"];
    const boot = "another boot";
    expect(text).to.contain(
      `has a balanced accuracy of ${cut(boot, best)} % (the rule ${cut(boot, rule)} %;`,
    );
    expect(text).to.contain(`a PR-AUC of ${area(boot, best)} where the rule has ${area(boot, rule)};`);
    const chip = "another chip";
    expect(text).to.contain(
      `on the other chip ${cut(chip, best)} % and ${area(chip, best)} (the rule ${cut(chip, rule)} % and ${area(chip, rule)})`,
    );
    const [, positives] = /: (\d+) of/.exec(at("other", best).judged)!;
    expect(text).to.contain(
      `${cut("other", best)} % against ${cut("other", rule)} %, with ${positives} positives`,
    );
    const mcc = (judge: string) => of(judge).map((row) => Number.parseFloat(row.MCC!));
    mcc("the kernel's rule").forEach((rule, i) => {
      for (const judge of ["**libml**", "**pytorch**", "**best**", "logistic regression", "small tree"])
        expect(mcc(judge)[i], judge).to.be.at.most(rule);
    });
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
