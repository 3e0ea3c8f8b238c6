// The spec reporter, which also appends its counts to the file named by MOCHA_COUNTS ("passed failed skipped").
const { appendFileSync } = require("node:fs");
const Mocha = require("mocha");

module.exports = class CountingReporter extends Mocha.reporters.Spec {
  constructor(runner, options) {
    super(runner, options);
    runner.once("end", () => {
      const { passes, failures, pending } = this.stats;
      if (process.env.MOCHA_COUNTS)
        appendFileSync(process.env.MOCHA_COUNTS, `${passes} ${failures} ${pending}\n`);
    });
  }
};
