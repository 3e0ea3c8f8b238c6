import { expect } from "chai";
import fc from "fast-check";
import { regularTopology } from "../../../sim/chip/topology-presets.ts";
import { SchedulerCore } from "../../../sim/core.ts";
import { BOOT_CLOCK } from "../../../sim/state/boot-clock.ts";
import { CoreTimer, CoreTimers } from "../../../sim/state/core-timers.ts";

const idle = () => new CoreTimer(() => false);

describe("timers of the scheduler's own", () => {
  it("go forward as the kernel's do, by whole intervals to the first time after now", () => {
    fc.assert(
      fc.property(
        fc.nat(5000),
        fc.integer({ min: 0, max: 700 }),
        fc.integer({ min: 0, max: 9000 }),
        (at, interval, now) => {
          const timer = idle();
          timer.expires = at;
          const overruns = timer.forward(now, interval);
          if (now < at) expect([overruns, timer.expires]).to.deep.equal([0, at]);
          else {
            const step = Math.max(1, interval);
            expect(timer.expires).to.be.within(now + 1, now + step);
            expect(timer.expires).to.equal(at + overruns * step);
          }
        },
      ),
    );
  });

  it("leave in the order of their times, then of their arming (K1, K2)", () => {
    const action = fc.record({ timer: fc.nat(5), at: fc.nat(20), cancel: fc.boolean() });
    fc.assert(
      fc.property(fc.array(action, { maxLength: 40 }), (actions) => {
        const timers = new CoreTimers();
        const pool = Array.from({ length: 6 }, idle);
        let order: CoreTimer[] = [];
        for (const { timer, at, cancel } of actions) {
          const chosen = pool[timer];
          timers.cancel(chosen);
          order = order.filter((t) => t !== chosen);
          if (cancel) continue;
          chosen.expires = at;
          timers.start(chosen, timer);
          order.push(chosen);
          order.sort((a, b) => a.expires - b.expires); // stable
        }
        for (const expected of order) {
          expect(timers.next).to.equal(expected.expires);
          expect(timers.earliest()).to.equal(expected);
          timers.cancel(expected);
          expect(expected.armed).to.equal(false);
        }
        expect(timers.next).to.equal(Number.POSITIVE_INFINITY);
      }),
    );
  });

  it("fire where they are due, on their CPU, again as long as they say so", () => {
    const core = new SchedulerCore({ topology: regularTopology("2x1", 2, 1, 2, 2) });
    const fired: number[][] = [];
    const timer = new CoreTimer((machine, self) => {
      fired.push([core.now, machine.thisCpu]);
      self.forward(machine.clock, 100);
      return fired.length < 3;
    });
    timer.expires = BOOT_CLOCK + 50;
    core.machine.timers.start(timer, 1);
    expect(() => core.fireTimer()).to.throw(RangeError, "no timer is due at 0, the next one is at 50");
    while (core.nextTimer < Number.POSITIVE_INFINITY) {
      core.advanceTo(core.nextTimer);
      core.fireTimer();
    }
    expect(fired).to.deep.equal([
      [50, 1],
      [150, 1],
      [250, 1],
    ]);
    expect(timer.armed).to.equal(false);
  });
});
