import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const SIGNALS = { SIGHUP: 1, SIGINT: 2, SIGTERM: 15 } as const;
const cleaners = new Set<() => void>();

/**
 * Has `clean` run when this process ends, by itself or by a signal; returns a function that takes it back.
 *
 * Node's own answer to a signal runs no exit listener: guests, compilers and temporary folders would stay behind. Our
 * handlers are there only while there is something to clean, because a handler keeps Ctrl-C from ending a long
 * synchronous computation. Whoever listens to a signal besides (a recording that ends with Ctrl-C) goes first.
 */
export function atEnd(clean: () => void): () => void {
  if (cleaners.size === 0) {
    process.on("exit", cleanAll);
    for (const [signal, handler] of handlers) process.on(signal, handler);
  }
  cleaners.add(clean);
  return () => {
    if (!cleaners.delete(clean) || cleaners.size > 0) return;
    process.removeListener("exit", cleanAll);
    for (const [signal, handler] of handlers) process.removeListener(signal, handler);
  };
}

const handlers = Object.entries(SIGNALS).map(
  ([signal, number]) =>
    [
      signal as keyof typeof SIGNALS,
      () => {
        if (process.listenerCount(signal) === 1) process.exit(128 + number);
      },
    ] as const,
);

function cleanAll(): void {
  for (const clean of cleaners) clean();
}

/** Gives `use` a temporary folder, which is gone afterwards however this process ends. */
export async function withScratch<T>(label: string, use: (folder: string) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), `nicetries-${label}-`));
  const remove = () => rmSync(folder, { recursive: true, force: true });
  const forget = atEnd(remove);
  try {
    return await use(folder);
  } finally {
    forget();
    remove();
  }
}
