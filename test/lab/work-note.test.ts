import { expect } from "chai";
import { workNote } from "../../lab/recording/work-note.ts";

describe("what is said of CPU time and work", () => {
  const corrections = { cpuNs: 200e6, workNs: 150e6, sharedNs: 100e6, slowNs: 20e6, costsNs: 1e6 };

  it("names shared cores, lower frequency and costs, of a machine of its own", () => {
    expect(workNote(corrections, false)).to.equal(
      "200.0 ms of CPU time are replayed as 150.0 ms of work, counted in ms of a whole core at full speed: " +
        "for 50.0 % of the time the other thread of the core was busy, too; for 10.0 % of the time the CPU ran below its highest frequency; " +
        "1.0 ms were context switches and system calls. The simulated chip slows work down in its own way",
    );
  });

  it("says of virtual time why there may be more work than time, and nothing of shared cores", () => {
    const note = workNote({ ...corrections, workNs: 300e6, costsNs: 0 }, true);
    expect(note).to.match(
      /^200\.0 ms of CPU time are replayed as 300\.0 ms of work, counted in ms with all CPUs busy: /,
    );
    expect(note).to.match(/in virtual time .* each does the more the fewer they are$/);
    expect(note).not.to.match(/thread of the core|frequency/);
  });

  it("leaves out what did not happen", () => {
    expect(workNote({ ...corrections, sharedNs: 0, slowNs: 0 }, false)).to.match(
      /at full speed: 1\.0 ms were context switches and system calls\. /,
    );
    expect(workNote({ ...corrections, costsNs: 3 }, false)).not.to.contain("system calls");
  });

  it("is nothing where there is no difference", () => {
    expect(workNote({ ...corrections, workNs: 200e6 }, false)).to.equal(undefined);
  });
});
