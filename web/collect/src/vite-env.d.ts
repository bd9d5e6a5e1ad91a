/// <reference types="svelte" />
/// <reference types="vite/client" />

declare module "@engine/quipu_engine.js" {
  /** Loads the WebAssembly; what else the module offers is described in engine.ts. */
  export default function init(options: { module_or_path: string }): Promise<unknown>;
}
