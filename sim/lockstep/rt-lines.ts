import { BOOT_CLOCK } from "../state/boot-clock.ts";
import type { Machine } from "../state/machine.ts";
import type { Rq } from "../state/rq.ts";
import { MAX_RT_PRIO } from "../state/rt-rq.ts";
import { Rows, Texts } from "./rows.ts";

/** The lines of a dump that show real-time queues, for scenarios that have such tasks. */
export class RtLines {
  private readonly bandwidthRows = new Rows(BANDWIDTH_LABELS, 1);
  private readonly queueRows: Rows;
  private readonly queueTexts = new Texts();

  constructor(cpus: number) {
    this.queueRows = new Rows(QUEUE_LABELS, cpus);
  }

  /** That of the throttling's period timer. */
  forMachine({ rtBandwidth: { active, timer } }: Machine, lines: string[]): void {
    const { now } = this.bandwidthRows;
    now[0] = active ? 1 : 0;
    now[1] = timer.armed ? timer.expires - BOOT_CLOCK : -1;
    now[2] = timer.cpu;
    if (this.bandwidthRows.changed(0)) lines.push(` rtb ${this.bandwidthRows.text()}`);
  }

  /** Those of a CPU: its queue; the tasks of the queue as they would run, then those that are to be pushed. */
  forCpu(rq: Rq, lines: string[]): void {
    queueValues(rq, this.queueRows.now);
    if (this.queueRows.changed(rq.cpu)) lines.push(` rt ${rq.cpu} ${this.queueRows.text()}`);
    const tasks = tasksText(rq);
    if (this.queueTexts.changed(rq.cpu, tasks)) lines.push(` rtq ${rq.cpu}${tasks}`);
  }
}

const BANDWIDTH_LABELS = ["active=", " timer=", " timer_cpu="];

const QUEUE_LABELS = [
  "nr=",
  " rr_nr=",
  " curr=",
  " next=",
  " overloaded=",
  " migratory=",
  " total=",
  " queued=",
  " throttled=",
  " time=",
  " avg_rt=",
  " avg_rt_sum=",
  " capacity=",
];

function queueValues({ rt, capacity }: Rq, to: Float64Array): void {
  to[0] = rt.nrRunning;
  to[1] = rt.rrNrRunning;
  to[2] = rt.highestCurr;
  to[3] = rt.highestNext;
  to[4] = rt.overloaded ? 1 : 0;
  to[5] = rt.nrMigratory;
  to[6] = rt.nrRunning;
  to[7] = rt.queued ? 1 : 0;
  to[8] = rt.throttled ? 1 : 0;
  to[9] = rt.time;
  to[10] = rt.avg.utilAvg;
  to[11] = rt.avg.utilSum;
  to[12] = capacity;
}

function tasksText({ rt }: Rq): string {
  let text = "";
  for (let prio = 0; prio < MAX_RT_PRIO; prio++)
    for (let task = rt.queueOf(prio).head; task !== null; task = task.listNext) text += ` ${task.pid}`;
  text += " |";
  for (const task of rt.pushable) text += ` ${task.pid}`;
  return text;
}
