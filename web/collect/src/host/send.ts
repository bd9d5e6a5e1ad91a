// Carries a request of the engine to the office.

import type { Request } from "../engine";

const REPLY_WAIT_MS = 60_000;

export async function send({ method, path, headers, body }: Request): Promise<{ status: number; body: Uint8Array }> {
  const reply = await fetch(path, {
    method,
    headers,
    body: method === "GET" ? null : new Uint8Array(body),
    cache: "no-store",
    credentials: "omit",
    signal: AbortSignal.timeout?.(REPLY_WAIT_MS) ?? null,
  });
  return { status: reply.status, body: new Uint8Array(await reply.arrayBuffer()) };
}
