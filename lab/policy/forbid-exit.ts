import { InputError } from "../../traces/input-error.ts";

/**
 * Has process.exit() and process.abort() throw while a user's code runs: it may not end the program, nor the worker that it is in.
 * @param blame Gets the error before it is thrown, in case the code catches it.
 * @returns Takes it back.
 */
export function forbidExit(file: string, blame: (fault: InputError) => void): () => void {
  const target = process as unknown as Record<string, unknown>;
  const originals = ["exit", "abort"].map((name) => [name, target[name]] as const);
  for (const [name] of originals)
    target[name] = (code?: unknown) => {
      const fault = new InputError(
        `the policy calls process.${name}(${name === "abort" ? "" : String(code ?? "")})`,
        {
          file,
          expected: "a policy that only answers: it may not end the program",
          hint: "Throw an error where it cannot go on",
        },
      );
      blame(fault);
      throw fault;
    };
  return () => {
    for (const [name, original] of originals) target[name] = original;
  };
}
