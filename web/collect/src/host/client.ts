// The host as the screens call it: the same methods, every one a promise.

import type { Copies } from "./copies";
import type { Host } from "./host";
import type { Households } from "./households";
import type { Interviews } from "./interviews";
import type { People } from "./people";
import type { Places } from "./places";
import type { Rosters } from "./rosters";
import type { Answered, Call } from "./worker";

type Asynchronous<T> = {
  [K in keyof T as T[K] extends (...args: never[]) => unknown ? K : never]:
    T[K] extends (...args: infer A) => infer R ? (...args: A) => Promise<Awaited<R>> : never;
};
export type HostClient = Asynchronous<Omit<Host, "act" | "inLine" | "listed">> & {
  interviews: Asynchronous<Omit<Interviews, "use">>;
  places: Asynchronous<Places>;
  rosters: Asynchronous<Rosters>;
  households: Asynchronous<Households>;
  copies: Asynchronous<Pick<Copies, "make" | "makeForCodes" | "keepIn" | "keepCurrent" | "deliver" | "carry">>;
  people: Asynchronous<Pick<People, "start" | "choose" | "another" | "takeOver">>;
};

/** Parts of the host with methods of their own. */
const PARTS = new Set(["interviews", "places", "rosters", "households", "copies", "people"]);

const plain = (arg: unknown): unknown =>
  arg === undefined || arg instanceof Uint8Array || ("FileSystemFileHandle" in self && arg instanceof FileSystemFileHandle) ? arg : JSON.parse(JSON.stringify(arg));

/** Something failed; `message` is the code to put into words. */
export class HostError extends Error {
  constructor(code: string, readonly detail: string) { super(code); }
}

export function startHost(onChanged: () => void): HostClient {
  const worker = new Worker(new URL("./worker.ts", import.meta.url), { type: "module", name: "quipu" });
  const waiting = new Map<number, { resolve: (value: unknown) => void; reject: (error: Error) => void }>();
  let lastId = 0;

  worker.onmessage = (event: MessageEvent<Answered>) => {
    const answer = event.data;
    if ("event" in answer) return onChanged();
    const caller = waiting.get(answer.id);
    waiting.delete(answer.id);
    if ("error" in answer) {
      // For whoever debugs the phone; the person reads words for the code.
      if (answer.error === "app/unexpected") console.error(answer.detail);
      caller?.reject(new HostError(answer.error, answer.detail));
    } else caller?.resolve(answer.value);
  };
  worker.onerror = (event) => {
    for (const { reject } of waiting.values()) reject(new HostError("app/unexpected", event.message));
    waiting.clear();
  };

  const call = (path: string, args: unknown[]) => new Promise<unknown>((resolve, reject) => {
    const id = ++lastId;
    waiting.set(id, { resolve, reject });
    // State proxies cannot cross to a worker; what crosses is plain data.
    worker.postMessage({ id, path, args: args.map(plain) } satisfies Call);
  });
  const face = (prefix: string): unknown => new Proxy({}, {
    get: (_, name: string) => name === "then" ? undefined
      : prefix === "" && PARTS.has(name) ? face(`${name}.`)
      : (...args: unknown[]) => call(prefix + name, args),
  });
  return face("") as HostClient;
}
