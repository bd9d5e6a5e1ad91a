// An answer that keeps itself fresh. What is shown stays until its successor is here, so nothing flickers.

import { Refused, get } from "./api";
import { app } from "./app.svelte";

export class Live<T> {
  /** The last answer; `undefined` before the first. */
  data = $state.raw<T>();
  /** Why the last attempt failed; the data is then older than it should be. */
  problem = $state.raw<Refused>();

  /** To be made while a component starts. `path` may say `undefined` (ask nothing); it and `every_ms` are followed. */
  constructor(path: () => string | undefined, every_ms: () => number = () => 2000) {
    $effect(() => {
      const asked = path();
      const pause_ms = every_ms();
      if (asked === undefined) {
        this.data = undefined;
        this.problem = undefined;
        return;
      }
      const stop = new AbortController();
      void this.#follow(asked, pause_ms, stop.signal);
      return () => stop.abort();
    });
  }

  async #follow(path: string, pause_ms: number, stop: AbortSignal): Promise<void> {
    let first = true;
    while (!stop.aborted) {
      if (!document.hidden || first) await this.#once(path, first, stop);
      first = false;
      await pause(pause_ms, stop);
    }
  }

  async #once(path: string, first: boolean, stop: AbortSignal): Promise<void> {
    try {
      const data = await get<T>(path, stop);
      if (stop.aborted) return;
      this.data = data;
      this.problem = undefined;
    } catch (error) {
      if (stop.aborted || !(error instanceof Refused)) return;
      if (error.code === "auth/signed-out") app.me = undefined;
      if (first && error.status >= 400) this.data = undefined;
      this.problem = error;
    }
  }
}

function pause(ms: number, stop: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    stop.addEventListener("abort", () => { clearTimeout(timer); resolve(); }, { once: true });
  });
}
