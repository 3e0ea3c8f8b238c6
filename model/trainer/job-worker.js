// A worker thread: registers tsx, then runs the training it is given.
import { register } from "tsx/esm/api";

register();
const { runJob } = await import("./job.ts");

export default (job) => {
  try {
    return { result: runJob(job) };
  } catch (error) {
    if (error?.name === "InputError") return { problem: error.message };
    throw error;
  }
};
