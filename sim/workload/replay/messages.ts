import { inferAnswers } from "./answers.ts";
import type { ReplayTask } from "./replay.ts";
import { seenMessages } from "./seen-messages.ts";
import { inferStreams } from "./streams.ts";
import { TimedTape } from "./timed-tape.ts";
import { untangle } from "./untangle.ts";

/**
 * Puts on the tapes of a recording the messages that came to tasks that were awake. They wake nobody, and so are not recorded; but without them
 * a task never has to sleep more often than it did, and may be woken before it has asked.
 *
 *  I1. Each message that is put there is sent where its sender worked, while its receiver was awake; the receiver takes it later in the same period of
 *      being awake. So tapes that are played as they were recorded play the recording: nobody sleeps who did not, and who slept has no message left.
 *      So far as answers do not change places (untangle.ts): of two that come soon after each other the other may be first.
 *  I2. All steps depend on steps before them in the recording alone: no replay can hang.
 *
 * Returns how many there are.
 */
export function inferMessages(tasks: readonly (ReplayTask | undefined)[]): number {
  const tapes = tasks.map((task) => task && new TimedTape(task));
  const exchanges = seenMessages(tapes);
  const found = inferAnswers(exchanges) + inferStreams(exchanges);
  for (const tape of tapes) {
    tape?.finish();
    if (tape) untangle(tape.task.tape);
  }
  return found;
}
