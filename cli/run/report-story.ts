import type { JudgedResult, JudgeScores, RunResults, TraceResult } from "../../lab/run/results.ts";
import type { MeanRatio } from "../../report/figures/ratios.ts";
import { drawReasons } from "../../report/figures/reasons.ts";
import { drawScores, type Score } from "../../report/figures/scores.ts";
import { figure, formatNumber, type Html, html } from "../../report/html.ts";
import { workFigure, workMeans } from "./report-policies.ts";
import { EXPLORER, tellingTrace } from "./telling-trace.ts";

const share = (x: number): string => `${(100 * x).toFixed(1)} %`;
const sum = (traces: readonly TraceResult[], of: (trace: TraceResult) => number): number =>
  traces.reduce((total, trace) => total + of(trace), 0);

/** The first screen: what was simulated, what was learned and how well on a real kernel, what a policy gained. */
export function story(run: RunResults): Html {
  const simulated = run.traces.filter((t) => t.role !== "real");
  const real = run.traces.filter((t) => t.role === "real");
  return html`<ol class="story">
<li>${simulatedSentence(run, simulated, real)}</li>
<li>${learnedSentence(run)}</li>
<li>${gained(workMeans(run))}</li>
</ol>
${explorerLink(run)}
<div class="three">${figure(
    drawReasons(
      [
        { trace: "simulated", counts: pooled(simulated) },
        ...(real.length > 0 ? [{ trace: "real kernel", counts: pooled(real) }] : []),
      ],
      true,
      "narrow",
    ),
    "1. Why tasks stayed (grey and blue) or moved (yellow to red, which is force).",
  )}
${scoreFigure(run)}
${workFigure(run)}</div>`;
}

/** Into the explorer, at the forced migration before which most passes had failed. */
function explorerLink(run: RunResults): Html {
  const trace = tellingTrace(run);
  if (trace === undefined) return html``;
  return html`<p><a href="${EXPLORER}#forced=most">See a task of ${trace.workload} moved by force, and what had failed before</a>: who ran, what each
balance pass saw, and why each candidate stayed or moved.</p>`;
}

function pooled(traces: readonly TraceResult[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { reasons } of traces)
    for (const [reason, n] of Object.entries(reasons)) counts[reason] = (counts[reason] ?? 0) + n;
  return counts;
}

function simulatedSentence(run: RunResults, simulated: TraceResult[], real: TraceResult[]): Html {
  const rows = sum(simulated, (t) => t.rows);
  const forced = sum(simulated, (t) => t.positives.forced_now);
  const all = sum(run.traces, (t) => t.rows);
  const agree = sum(run.traces, (t) => t.agree);
  const names = new Set(simulated.map((t) => t.workload));
  return html`<b>Simulated.</b> ${names.size} workload${names.size === 1 ? "" : "s"} on ${run.chip} asked the balancer ${formatNumber(rows)} times whether a task may
move; ${formatNumber(forced)} answers${rows > 0 ? ` (${share(forced / rows)})` : ""} were by force.${
    real.length === 0
      ? ""
      : ` ${formatNumber(sum(real, (t) => t.rows))} decisions of a real Linux 6.1 stand beside them, ${formatNumber(sum(real, (t) => t.positives.forced_now))} by force.`
  } The kernel's rule reproduces ${agree === all ? "every one of them" : `${formatNumber(agree)} of ${formatNumber(all)}`}.`;
}

/** Judged on all real traces together, else on all simulated ones: histories that end in force where that was asked. */
function telling(run: RunResults): JudgedResult[] {
  for (const data of ["all real", "all simulated"])
    for (const target of ["forced_eventually", "forced_now", "migrate"]) {
      const judged = run.judged.filter((j) => j.data === data && j.target === target);
      if (ranked(judged).length > 0) return judged;
    }
  return [];
}

interface Best {
  judged: JudgedResult;
  judge: string;
  scores: JudgeScores & { balancedAccuracy: number };
}

/** The fixed-point form of a network decides as the network does. */
const isNetwork = (judge: string): boolean => judge === "model" || judge === "model at base rate";

/** Networks, the one with the highest balanced accuracy first. */
function ranked(all: readonly JudgedResult[]): Best[] {
  const networks = all.flatMap((judged) =>
    Object.entries(judged.judges)
      .filter(([judge, { balancedAccuracy }]) => isNetwork(judge) && balancedAccuracy !== null)
      .map(([judge, scores]) => ({ judged, judge, scores }) as Best),
  );
  return networks.sort((a, b) => b.scores.balancedAccuracy - a.scores.balancedAccuracy);
}

const ASKED: Readonly<Record<string, string>> = {
  forced_eventually: "Will this task in the end be moved by force?",
  forced_now: "Is this task moved by force now?",
  migrate: "Does this task move now?",
};

const whereOf = (data: string): string =>
  data === "all real" ? "decisions of a real kernel" : "simulated decisions";

function learnedSentence(run: RunResults): Html {
  const judged = telling(run);
  const networks = ranked(judged);
  const [best] = networks;
  if (best === undefined) return html`<b>Learned.</b> Nothing that could be judged: see what was left out.`;
  const { balancedAccuracy, balancedInterval } = best.scores;
  const { rule } = best.judged.judges;
  const range = balancedInterval
    ? ` (95 %: ${share(balancedInterval[0])} to ${share(balancedInterval[1])})`
    : "";
  const where = whereOf(best.judged.data);
  return html`<b>Learned.</b> “${ASKED[best.judged.target] ?? best.judged.target}” Of ${formatNumber(best.judged.rows)} ${where} that no training saw, ${networks.length === 1 ? "the network" : `the best of ${networks.length} networks and thresholds there,`}
<i>${best.judge.replace("model", best.judged.preset)}</i>${networks.length === 1 ? "" : ","} is right on ${share(balancedAccuracy)}${range}, yes and no counting alike${
    rule?.balancedAccuracy == null ? "" : `; the kernel's own rule on ${share(rule.balancedAccuracy)}`
  }; a coin on 50 %.`;
}

/** What another judge does that stands in the report. */
const POLICIES: Readonly<Record<string, string>> = {
  "never-hot": "hot tasks may move at once",
  model: "the network decides instead of the rule",
  premigrate: "the network lets tasks go early that would be forced later",
};

function gained(means: readonly MeanRatio[]): Html {
  if (means.length === 0) return html`<b>Gained.</b> Too few policies were compared to say what one gained.`;
  const percent = (ratio: number) => {
    const digits = (100 * (ratio - 1)).toFixed(2);
    return `${Number(digits) > 0 ? "+" : ""}${Number(digits) === 0 ? "0.00" : digits.replace("-", "−")} %`;
  };
  const items = means.map(({ policy, value, low, high }) => {
    const verdict = low > 1 ? "more" : high < 1 ? "less" : "no difference seen";
    const what = POLICIES[policy] === undefined ? "" : `, ${POLICIES[policy]}`;
    return html`<li><i>${policy}</i>${what}: ${percent(value)} (95 %: ${percent(low)} to ${percent(high)}), ${verdict}</li>`;
  });
  return html`<b>Gained.</b> Work done in the same time, beside stock CFS, all workloads and seeds together:<ul>${items}</ul>`;
}

function scoreFigure(run: RunResults): Html {
  const judged = telling(run);
  const scores = judged.flatMap((j) =>
    Object.entries(j.judges).flatMap(([judge, { balancedAccuracy, balancedInterval }]): Score[] => {
      if (balancedAccuracy === null || !(isNetwork(judge) || judge === "rule")) return [];
      const interval = balancedInterval ? { low: balancedInterval[0], high: balancedInterval[1] } : {};
      return [
        {
          data: whereOf(j.data),
          judge: judge.replace("model", j.preset),
          value: balancedAccuracy,
          ...interval,
        },
      ];
    }),
  );
  if (scores.length === 0) return html``;
  const unique = [...new Map(scores.map((s) => [s.judge, s])).values()];
  const low = Math.min(0.5, ...unique.map((s) => s.low ?? s.value));
  return figure(
    drawScores(
      unique,
      "balanced accuracy",
      unique.map((s) => s.judge),
      [low, 1],
      "narrow",
    ),
    `2. How well: “${ASKED[judged[0].target]}” of ${whereOf(judged[0].data)}. 50 % is a coin; bars are 95 % intervals.`,
  );
}
