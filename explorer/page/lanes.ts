import { OUTCOMES } from "../data/run.ts";
import { type LaneLevels, levelsOf, type Waiting, waitingOf } from "../view/levels.ts";
import type { IndexedRun } from "../view/runs.ts";
import { LANE_HEIGHT, type LanePlace, type Layout, layoutOf } from "./layout.ts";

const FAILED = OUTCOMES.indexOf("failed");

export interface Lane extends LanePlace {
  levels: LaneLevels;
  waiting: Waiting;
  waitLevels: LaneLevels;
  /** Passes of its CPU: those that moved somebody, those that failed, all others. */
  moving: Int32Array;
  failed: Int32Array;
  passes: Int32Array;
}

/** The lanes of a run, and what each holds. */
export class Lanes {
  readonly lanes: readonly Lane[];
  readonly layout: Layout;
  /** Lane of each CPU. */
  readonly ofCpu: readonly Lane[];

  constructor({ run, slicesOfCpu, waitsOfCpu, passesOfCpu }: IndexedRun) {
    const { moved, outcome } = run.passes;
    const isMoving = (pass: number) => moved[pass] > 0;
    const isFailed = (pass: number) => outcome[pass] === FAILED && !isMoving(pass);
    this.layout = layoutOf(run.cpus);
    this.lanes = this.layout.lanes.map((place): Lane => {
      const passes = passesOfCpu.of(place.cpu);
      return {
        ...place,
        levels: levelsOf(slicesOfCpu.of(place.cpu), run.slices, run.durationNs),
        waiting: waitingOf(waitsOfCpu.of(place.cpu), run.waits),
        waitLevels: levelsOf(waitsOfCpu.of(place.cpu), run.waits, run.durationNs),
        moving: passes.filter(isMoving),
        failed: passes.filter(isFailed),
        passes: passes.filter((pass) => !isMoving(pass) && !isFailed(pass)),
      };
    });
    const ofCpu: Lane[] = [];
    for (const lane of this.lanes) ofCpu[lane.cpu] = lane;
    this.ofCpu = ofCpu;
  }

  get height(): number {
    return this.layout.height;
  }

  at(y: number): Lane | undefined {
    return this.lanes.find(({ top }) => y >= top && y < top + LANE_HEIGHT);
  }
}
