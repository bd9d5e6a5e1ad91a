// The engine's shapes, as they are generated with it, and the one place that loads it.
// All logic is there: this app draws what the engine says, stores what it asks and carries its requests.

import type { Value as Given } from "@engine/quipu_engine.js";
import start, * as engine from "@engine/quipu_engine.js";
import module_or_path from "@engine/quipu_engine_bg.wasm?url";

export type * from "@engine/quipu_engine.js";
/** An answer; `null` for none. */
export type Value = Given | null;
export type { TodoEa as EaTodo } from "@engine/quipu_engine.js";

/** What the module offers. */
export type Engine = typeof engine;

let loading: Promise<Engine> | undefined;

/** Loads the engine once. Offline it comes from the service worker's cache. */
export function loadEngine(): Promise<Engine> {
  loading ??= start({ module_or_path }).then(() => engine);
  return loading;
}
