// Runs in a worker and answers calls to the person at work: { id, path, args } in, { id, value } or { id, error } out.
// A path that begins with `people.` is for all who share the phone.

import { loadEngine } from "../engine";
import { codeOf } from "./host";
import { People } from "./people";

export interface Call { id: number; path: string; args: unknown[] }
export type Answered = { id: number; value: unknown } | { id: number; error: string; detail: string } | { event: "changed" };

// The longest part of a start: it begins before anybody asks.
loadEngine().catch(() => undefined); // `start` tells what went wrong
const people = new People(() => postMessage({ event: "changed" } satisfies Answered));

self.onmessage = async (event: MessageEvent<Call>) => {
  const { id, path, args } = event.data;
  try {
    const names = path.split(".");
    const last = names.pop() as string;
    let target: unknown = names[0] === "people" ? { people } : people.host;
    for (const name of names) target = (target as Record<string, unknown>)[name];
    const method = (target as Record<string, (...args: unknown[]) => unknown>)[last];
    if (typeof method !== "function") throw new Error("app/unexpected");
    postMessage({ id, value: await method.apply(target, args) } satisfies Answered);
  } catch (error) {
    const cause = error instanceof Error ? `${error.message}; ${String(error.cause ?? "")}` : String(error);
    postMessage({ id, error: codeOf(error), detail: cause } satisfies Answered);
  }
};
