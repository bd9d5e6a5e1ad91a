// Carries a request of the engine to the office, compressed where this browser can: a day's work fits a weak network.

import type { Request } from "../engine";

const REPLY_WAIT_MS = 60_000;
/** Shorter bodies, and those that are encrypted files, gain nothing. */
const PACKED_BYTES_MIN = 512;

export async function send({ method, path, headers, body }: Request): Promise<{ status: number; body: Uint8Array }> {
  const plain = new Uint8Array(body);
  const packs = path === "/v1/sync" && plain.length >= PACKED_BYTES_MIN && "CompressionStream" in self;
  const reply = await fetch(path, {
    method,
    headers: packs ? [...headers, ["content-encoding", "gzip"]] : headers,
    body: method === "GET" ? null : packs ? await gzip(plain) : plain,
    cache: "no-store",
    credentials: "omit",
    signal: AbortSignal.timeout?.(REPLY_WAIT_MS) ?? null,
  });
  return { status: reply.status, body: new Uint8Array(await reply.arrayBuffer()) };
}

async function gzip(plain: Uint8Array<ArrayBuffer>): Promise<ArrayBuffer> {
  return new Response(new Blob([plain]).stream().pipeThrough(new CompressionStream("gzip"))).arrayBuffer();
}
