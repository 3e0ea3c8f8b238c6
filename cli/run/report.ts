import type { JudgedResult, RunResults } from "../../lab/run/results.ts";
import { drawCurves } from "../../report/figures/curves.ts";
import { drawReasons } from "../../report/figures/reasons.ts";
import { drawScores, type Score } from "../../report/figures/scores.ts";
import {
  commands,
  figureInForms,
  type Html,
  type HtmlPart,
  html,
  htmlTable,
  page,
  percent,
} from "../../report/html.ts";
import type { Target } from "../../traces/schema.ts";
import { policies } from "./report-policies.ts";
import { story } from "./report-story.ts";

const QUESTIONS: Record<Target, string> = {
  migrate: "E1, migrate: will CFS move this task now?",
  forced_eventually: "E2, forced_eventually: is this call part of a history that ends in a forced migration?",
  forced_now: "E3, forced_now: is this very call a forced migration?",
  forced_detached: "forced_detached: is a hot task really taken off its queue now?",
};

/** The report of a run as one HTML file: no scripts, no network, and a command beside each group of numbers. */
export function renderReport(run: RunResults): string {
  return page(`nicetries: ${run.name}`, [
    ...[intro(run), words(), leftOut(run), traces(run), models(run), ...verdicts(run)],
    ...[policies(run), again(run)],
  ]);
}

function intro(run: RunResults): Html {
  return html`<h1>Forced migrations: learned in the simulator, judged on a real kernel</h1>
<p class="soft">Run <b>${run.name}</b>, nicetries ${run.version}, seed ${run.seed},
chip ${run.chip} with ${run.cpus} CPU${run.cpus === 1 ? "" : "s"}${run.quick ? "; a quick run, smaller than the default" : ""}.</p>
${story(run)}
<p>Each row is one call of <code>can_migrate_task</code>. The simulated traces come from the model of the fair class of
Linux 6.1 in <code>sim/</code>; the real ones are second boots of a real Linux 6.1 in virtual time
(<code>traces/real/virtual-time/</code>).
Networks learned from the simulated training traces only. No real row was used for training, scaling or thresholds.</p>
${contents(run)}`;
}

/** Where to go on. */
function contents(run: RunResults): Html {
  const targets = [...new Set(run.judged.map((j) => j.target))];
  const entries: [string, string][] = [
    ...(run.leftOut.length > 0 ? [["left-out", "Left out"] as [string, string]] : []),
    ["traces", "Traces"],
    ["models", "Models"],
    ...targets.map((target): [string, string] => [target, QUESTIONS[target]]),
    ["policies", "A learned policy beside stock CFS"],
    ["again", "The whole report again"],
  ];
  const items = entries.map(([id, title]) => html`<li><a href="#${id}">${title}</a></li>`);
  return html`<nav aria-label="Contents"><ul>${items}</ul></nav>`;
}

/** Terms before their first use. */
function words(): Html {
  const terms: [string, HtmlPart][] = [
    [
      "decision",
      html`one call of <code>can_migrate_task()</code>: may the load balancer move this task from that CPU to this one?`,
    ],
    [
      "cache-hot",
      "ran there less than a moment ago (the migration cost), so its data are still in that CPU's cache; usually it stays",
    ],
    [
      "forced",
      html`moved although it is hot, because balancing has failed more often than <code>cache_nice_tries</code>`,
    ],
    ["history", "all calls about the same task, between the same CPUs, since it last migrated"],
    [
      "E1, E2, E3",
      "the questions that the networks answer, by the experiments of the thesis that asked them first",
    ],
    ["rule", "the dozen lines by which the kernel itself decides; it sees the same row"],
    [
      "libml, pytorch, best",
      "three networks: two as in the thesis, one whose inputs mean the same on every machine",
    ],
    ["majority", "always the more frequent answer: high accuracy, no insight"],
    ["balanced", "mean of the hit rates on yes and on no; 50 % is a coin"],
    [
      "MCC",
      "Matthews' correlation between answers and truth: 0 is chance, 1 is perfect; to be trusted when one answer is rare",
    ],
    ["PR-AUC", "area under precision over recall; chance gives the share of positives"],
    [
      "at base rate",
      "the same network, saying yes wherever a row is more likely positive than the average one",
    ],
  ];
  const list = terms.map(([term, meaning]) => html`<dt><b>${term}</b></dt><dd>${meaning}</dd>`);
  return html`<details><summary>Words on this page</summary><dl>${list}</dl></details>`;
}

/** What could not be done is said before the numbers that it is missing from. */
function leftOut(run: RunResults): Html {
  if (run.leftOut.length === 0) return html``;
  const items = run.leftOut.map(({ what, why }) => html`<li><b>${what}</b>: ${why}</li>`);
  return html`<h2 id="left-out">Left out</h2>
<p>What the rows of this run do not allow. All other numbers stand without it.</p>
<ul>${items}</ul>`;
}

function traces(run: RunResults): Html {
  const rows = run.traces.map((t) => [
    t.workload,
    t.role,
    Math.round(t.seconds),
    t.rows,
    t.positives.migrate,
    t.positives.forced_now,
    t.positives.forced_eventually,
    percent(t.rows === 0 ? null : t.positives.forced_eventually / t.rows),
    t.agree,
    t.sha256.slice(0, 12),
  ]);
  return html`<h2 id="traces">Traces</h2>
${figureInForms(
  (form) =>
    drawReasons(
      run.traces.map((t) => ({ trace: `${t.workload} (${t.role})`, counts: t.reasons })),
      true,
      form,
    ),
  "Why tasks stayed (grey and blue) or moved (yellow to dark red, which is force). Real traces have no recorded reason: theirs is derived by the rule.",
)}
<details><summary>All figures, and the commands</summary>
${htmlTable(
  "Decisions by trace. “agree” counts the rows that the rule of can_migrate_task reproduces from the row alone.",
  ["trace", "role", "seconds", "rows", "migrate", "forced", "history of forced", "share", "agree", "sha256"],
  rows,
)}
${commands(run.traces.map((t) => t.command))}</details>`;
}

function models(run: RunResults): Html {
  if (run.models.length === 0)
    return html`<h2 id="models">Models</h2>
<p>None: see what was left out.</p>`;
  return html`<h2 id="models">Models</h2>
${htmlTable(
  "One network per target and preset, trained on all simulated training traces together.",
  [
    "target",
    "preset",
    "inputs",
    "hidden",
    "parameters",
    "file, bytes",
    "training rows",
    "epochs",
    "threshold (logit)",
  ],
  run.models.map((m) => [
    m.target,
    m.preset,
    m.inputs.length,
    m.hidden.join(", "),
    m.parameters,
    m.bytes,
    m.trainRows,
    m.epochs,
    m.threshold,
  ]),
)}
${figureInForms(
  (form) =>
    drawCurves(
      run.models.flatMap((m) => m.curve.map((p) => ({ target: m.target, judge: m.preset, ...p }))),
      "loss",
      form,
    ),
  "Loss by epoch on the rows held back for validation, as a part of what it was after the first epoch.",
)}
<details><summary>The commands</summary>
${commands(run.models.map((m) => m.command))}</details>`;
}

function verdicts(run: RunResults): Html[] {
  const targets = [...new Set(run.judged.map((j) => j.target))];
  return targets.map((target) => {
    const judged = run.judged.filter((j) => j.target === target);
    const kinds = [...new Set(judged.map((j) => j.kind))];
    return html`<h2 id="${target}">${QUESTIONS[target]}</h2>
${kinds.map((kind) =>
  verdictTable(
    kind,
    judged.filter((j) => j.kind === kind),
  ),
)}
<details><summary>The commands</summary>
${commands([...new Set(judged.map((j) => j.command))])}</details>`;
  });
}

function verdictTable(kind: JudgedResult["kind"], judged: JudgedResult[]): Html {
  const scores = balancedScores(judged);
  const judges = [...new Set(scores.map((s) => s.judge))];
  const low = Math.min(0.5, ...scores.map((s) => s.low ?? s.value));
  const pooled = judged.filter((j) => j.data.startsWith("all "));
  const single = judged.filter((j) => !j.data.startsWith("all "));
  return html`<h3>${kind === "held-out seed" ? "Simulated, seeds (and one workload) the models never saw" : "Real kernel traces"}</h3>
${judgeTable("All traces of the kind together.", pooled, false)}
${scores.length > 0 ? figureInForms((form) => drawScores(scores, "balanced accuracy", judges, [low, 1], form), "Balanced accuracy with 95 % bootstrap intervals; 50 % is a coin. “at base rate”: the same network with --threshold balanced. Traces with one class only have no dot.") : null}
<details><summary>Each trace by itself</summary>
${judgeTable("A dash means undefined, because the trace has one class only.", single, true)}</details>`;
}

/** One dot per data set and judge; the fixed-point network is left out, for it covers the model's dot. */
function balancedScores(judged: JudgedResult[]): Score[] {
  return judged.flatMap((j) =>
    judgeNames(j)
      .filter((judge) => judge.startsWith("model") || judge === "rule")
      .flatMap((judge) => {
        const { balancedAccuracy: value, balancedInterval } = j.judges[judge];
        if (value === null) return [];
        const interval = balancedInterval ? { low: balancedInterval[0], high: balancedInterval[1] } : {};
        return [{ data: j.data, judge: judge.replace("model", j.preset), value, ...interval }];
      }),
  );
}

/** @param named Whether the data differ from row to row, and so have a column. */
function judgeTable(caption: string, judged: JudgedResult[], named: boolean): Html {
  const rows = judged.flatMap((j) =>
    judgeNames(j).map((judge) => {
      const m = j.judges[judge];
      const range = m.balancedInterval;
      return [
        j.data,
        judge === "rule" || judge === "majority" ? judge : `${judge}, ${j.preset}`,
        j.rows,
        j.positives,
        percent(j.rows === 0 ? null : j.positives / j.rows),
        percent(m.accuracy),
        percent(m.balancedAccuracy),
        range ? `${(100 * range[0]).toFixed(1)} – ${(100 * range[1]).toFixed(1)}` : null,
        m.mcc === null ? null : m.mcc.toFixed(3),
        m.prAuc === null ? null : m.prAuc.toFixed(3),
      ];
    }),
  );
  const unique = [...new Map(rows.map((r) => [`${r[0]}|${r[1]}`, r])).values()];
  const columnsOf = <T>(cells: readonly T[]): readonly T[] => (named ? cells : cells.slice(1));
  return htmlTable(
    caption,
    columnsOf([
      "data",
      "judge",
      "rows",
      "positive",
      "base rate",
      "accuracy",
      "balanced",
      "95 %",
      "MCC",
      "PR-AUC",
    ]),
    unique.map(columnsOf),
  );
}

/** The model first, then the baselines in a fixed order. */
function judgeNames(judged: JudgedResult): string[] {
  const order = ["model", "model at base rate", "fixed point", "rule", "majority", "logistic", "tree"];
  const names = Object.keys(judged.judges);
  return [...order.filter((n) => names.includes(n)), ...names.filter((n) => !order.includes(n))];
}

function again(run: RunResults): Html {
  return html`<h2 id="again">The whole report again</h2>
${commands([run.command])}
<p class="soft">Equal seeds give equal files on every machine. Accuracy on E1 and E3 means little by itself: the rule
of <code>can_migrate_task</code> answers both exactly when it may see the whole row. It cannot answer E2, which asks about
the future; there the rule says “forced now”. PR-AUC of a judge without a score is that of its single operating point.</p>`;
}
