// A worker thread: registers tsx, then runs the named job of jobs.ts. What a job throws comes back as data, because an
// error loses its class between threads.
import { register } from "tsx/esm/api";

register();
const jobs = await import("./jobs.ts");

export default async ({ job, argument }) => {
  try {
    return { result: await jobs[job](argument) };
  } catch (error) {
    return { error: { name: error.name, message: error.message, stack: error.stack } };
  }
};
