import { expect } from "chai";
import { drawCurves } from "../../report/figures/curves.ts";
import { roundNumbers } from "../../report/figures/plot.ts";
import { drawRatios } from "../../report/figures/ratios.ts";
import { drawReasons } from "../../report/figures/reasons.ts";
import { drawScores } from "../../report/figures/scores.ts";
import { expectGolden } from "../golden/figures.ts";

describe("the figures", () => {
  it("round numbers in markup only", () => {
    expect(roundNumbers('<a x="1.23456" y="-0.0001">1.23456</a>')).to.equal('<a x="1.23" y="0">1.23456</a>');
  });

  it("draw the reasons of decisions", () => {
    expectGolden(
      "reasons",
      drawReasons([
        { trace: "hackbench", counts: { cold: 70, running: 20, hot_refused: 10 } },
        { trace: "empty", counts: {} },
        { trace: "numeric", counts: { cold: 1, forced: 1, active: 2 } },
      ]),
    );
  });

  it("draw scores with intervals", () => {
    expectGolden(
      "scores",
      drawScores(
        [
          { data: "simulated", judge: "best", value: 0.97, low: 0.96, high: 0.98 },
          { data: "simulated", judge: "rule", value: 1 },
          { data: "real", judge: "best", value: 0.9, low: 0.85, high: 0.93 },
        ],
        "balanced accuracy",
        ["best", "rule"],
        [0.5, 1],
      ),
    );
  });

  it("draw learning curves", () => {
    expectGolden(
      "curves",
      drawCurves(
        ["migrate", "forced_now"].flatMap((target) =>
          [0, 1, 2, 3].map((epoch) => ({ target, judge: "best", epoch, loss: 1 / (epoch + 1) })),
        ),
      ),
    );
  });

  it("draw policies relative to stock CFS", () => {
    expectGolden(
      "ratios",
      drawRatios(
        [
          { workload: "numeric", policy: "model", value: 0.9 },
          { workload: "numeric", policy: "never-hot", value: 1.2 },
        ],
        "forced migrations",
      ),
    );
  });
});
