// A worker thread: runs the named export of a module, `{ module, job, argument }`. What a
// job throws comes back as data, because an error loses its class between threads.
import { understandTypeScript } from "./typescript.js";

let loaded;

async function load(module) {
  if (module.endsWith(".ts")) await understandTypeScript();
  return import(module);
}

/** What an InputError found may be anything; text can always be sent. */
const plain = (details) =>
  typeof details.found === "object" ? { ...details, found: String(details.found) } : details;

export default async ({ module, job, argument }) => {
  try {
    loaded ??= load(module);
    const jobs = await loaded;
    return { result: await jobs[job](argument) };
  } catch (error) {
    const { name, message, stack, code, path, problem, details } = error;
    return { error: { name, message, stack, code, path, problem, details: details && plain(details) } };
  }
};
