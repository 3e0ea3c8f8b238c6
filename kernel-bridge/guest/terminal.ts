import { createServer, type Socket } from "node:net";

/** The host's end of the guest's second serial line: the command's input and output. */
export interface Terminal {
  /** Unix socket for QEMU to connect to. */
  path: string;
  /** The last 8 MiB of output. */
  output(): string;
  close(): Promise<void>;
}

const KEEP = 8 << 20;

/**
 * Serves the line on a socket, because QEMU buffers a console that goes into a pipe. Bytes, not text: benchmarks print
 * control characters. An interactive line takes our own terminal's input, from the guest's first word on: what comes
 * before would be lost in the boot.
 */
export async function serveTerminal(
  path: string,
  interactive: boolean,
  onOutput?: (chunk: Buffer) => void,
): Promise<Terminal> {
  const chunks: Buffer[] = [];
  let kept = 0;
  let ended: Promise<void> = Promise.resolve();
  const server = createServer((socket: Socket) => {
    ended = new Promise((resolve) => socket.on("close", () => resolve()));
    socket.on("error", () => {});
    if (interactive) socket.once("data", () => sendInput(socket));
    socket.on("data", (chunk) => {
      if (interactive) process.stdout.write(chunk);
      else onOutput?.(chunk);
      chunks.push(chunk);
      kept += chunk.length;
      while (kept - chunks[0].length > KEEP) kept -= chunks.shift()!.length;
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.on("error", reject);
    server.listen(path, resolve);
  });
  return {
    path,
    output: () => Buffer.concat(chunks).toString("utf8"),
    async close() {
      await Promise.race([ended, new Promise((resolve) => setTimeout(resolve, 2000).unref())]);
      server.close();
      if (!interactive) return;
      process.stdin.setRawMode?.(false);
      process.stdin.unpipe();
      process.stdin.pause();
    },
  };
}

function sendInput(socket: Socket): void {
  process.stdin.setRawMode?.(true);
  process.stdin.pipe(socket);
}
