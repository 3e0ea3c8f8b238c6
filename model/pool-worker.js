// A worker thread: runs the named export of a module, `{ module, job, argument }`. TypeScript sources are loaded by tsx. What a
// job throws comes back as data, because an error loses its class between threads.
let loaded;

async function load(module) {
  if (module.endsWith(".ts")) (await import("tsx/esm/api")).register();
  return import(module);
}

export default async ({ module, job, argument }) => {
  try {
    loaded ??= load(module);
    const jobs = await loaded;
    return { result: await jobs[job](argument) };
  } catch (error) {
    return { error: { name: error.name, message: error.message, stack: error.stack } };
  }
};
