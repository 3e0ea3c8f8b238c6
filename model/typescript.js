// Has Node load TypeScript; the one place that knows tsx. Modules of both kinds: one in a folder without a package.json is CommonJS
// to Node, though it is written as a module. It is JavaScript, because it comes before all TypeScript.
let understood;

/** @returns {Promise<void>} Rejected where tsx is not installed. */
export function understandTypeScript() {
  understood ??= register();
  return understood;
}

async function register() {
  const [commonJs, esm] = await Promise.all([import("tsx/cjs/api"), import("tsx/esm/api")]);
  commonJs.register();
  esm.register();
}
