import { randomBytes } from "node:crypto";
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";

/** A page, and what a browser may do with it (Content-Security-Policy). */
export interface Page {
  text: string;
  policy: string;
}

/** Pages that are being served. */
export interface Served {
  url: string;
  /** Ends with the server. */
  ended: Promise<void>;
  close(): void;
}

/**
 * Serves the pages that `pageAt` has, and nothing else, to this machine: at a port that the system chooses, under a name that nobody guesses. A page of
 * another origin that reaches the port by a name of its own (DNS rebinding) is refused by the Host header.
 */
export async function servePages(pageAt: (path: string) => Promise<Page | undefined>): Promise<Served> {
  const token = randomBytes(16).toString("hex");
  const server = createServer(async (request, response) => {
    const { port } = server.address() as AddressInfo;
    const root = `/${token}/`;
    const answer = (status: number, text: string) =>
      response.writeHead(status, { "Content-Type": "text/plain; charset=utf-8" }).end(text);
    if (!isForUs(request, port, root)) return answer(404, "");
    const page = await pageAt(request.url!.slice(root.length)).catch((error: unknown) => String(error));
    if (page === undefined) return answer(404, "");
    if (typeof page === "string") return answer(500, page);
    const body = Buffer.from(page.text);
    response.writeHead(200, {
      "Content-Type": "text/html; charset=utf-8",
      "Content-Length": body.length,
      "Content-Security-Policy": `${page.policy}; frame-ancestors 'none'`,
      "Cache-Control": "no-store",
      "Referrer-Policy": "no-referrer",
      "X-Content-Type-Options": "nosniff",
    });
    return response.end(request.method === "HEAD" ? undefined : body);
  });
  await new Promise<void>((listening, failed) => {
    server.once("error", failed);
    server.listen(0, "127.0.0.1", listening);
  });
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/${token}/`,
    ended: new Promise((closed) => server.once("close", () => closed())),
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}

const isForUs = ({ method, url, headers }: IncomingMessage, port: number, path: string): boolean =>
  (method === "GET" || method === "HEAD") &&
  headers.host === `127.0.0.1:${port}` &&
  url?.startsWith(path) === true;
