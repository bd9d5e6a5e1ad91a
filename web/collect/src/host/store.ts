// One person's storage: an IndexedDB database, every write durable before it is shown or sent.
// Left out: what the records mean (the engine) and who may read them (keys.ts). Start at `Store.commit`.

import { openDB, type DBSchema, type IDBPDatabase } from "idb";
import type { Step, StoreRecord } from "../engine";

/** A record as kept: plain bytes, or bytes under a key of this device. */
export type Kept = Uint8Array | Wrapped;
export interface Wrapped { by: "device" | "pin"; iv: Uint8Array; bytes: Uint8Array }

/** How the PIN's key is made, and a known text under it that tells a right PIN from a wrong one. */
export interface PinRule { salt: Uint8Array; iterations: number; check: Wrapped }

interface Schema extends DBSchema {
  records: { key: string; value: Kept };
  meta: { key: string; value: unknown };
}

/** Another tab has written since this one last read. */
export class Conflict extends Error {}

export class Store {
  private constructor(private readonly db: IDBPDatabase<Schema>) {}

  static async open(name: string, onBlocked: () => void): Promise<Store> {
    const db = await openDB<Schema>(name, 1, {
      upgrade(fresh) {
        fresh.createObjectStore("records");
        fresh.createObjectStore("meta");
      },
      blocking: onBlocked,
      terminated: onBlocked,
    });
    return new Store(db);
  }

  /** Every record but the photos, which are large and read one at a time. */
  async all(): Promise<[string, Kept][]> {
    const tx = this.db.transaction("records");
    const before = IDBKeyRange.upperBound("blob/", true);
    const after = IDBKeyRange.lowerBound("blob0"); // "0" follows "/"
    const parts = await Promise.all([before, after].map((range) => Promise.all([tx.store.getAllKeys(range), tx.store.getAll(range)])));
    return parts.flatMap(([keys, values]) => keys.map((key, i): [string, Kept] => [key, values[i] as Kept]));
  }

  async keys(): Promise<string[]> {
    return this.db.getAllKeys("records");
  }

  async get(key: string): Promise<Kept | undefined> {
    return this.db.get("records", key);
  }

  async meta<T>(key: string): Promise<T | undefined> {
    return (await this.db.get("meta", key)) as T | undefined;
  }

  async setMeta(entries: Record<string, unknown>, records: [string, Kept][] = []): Promise<void> {
    const tx = this.db.transaction(["meta", "records"], "readwrite", { durability: "strict" });
    for (const [key, value] of Object.entries(entries)) void tx.objectStore("meta").put(value, key);
    for (const [key, value] of records) void tx.objectStore("records").put(value, key);
    await tx.done;
  }

  /**
   * Stores a step in one strictly durable transaction. Throws `Conflict`, with nothing written, when the generation on
   * disk is not the one the step was made from.
   */
  async commit(step: Step, puts: [string, Kept][], generationOf: (state: Uint8Array | undefined) => number): Promise<void> {
    const tx = this.db.transaction("records", "readwrite", { durability: "strict" });
    const done = tx.done;
    done.catch(() => undefined); // awaited below; an abort must not surface twice
    const state = (await tx.store.get("state")) as Uint8Array | undefined;
    if (generationOf(state) !== step.generation - 1) {
      tx.abort();
      throw new Conflict();
    }
    for (const [key, value] of puts) void tx.store.put(value, key).catch(() => undefined);
    for (const key of step.deletes) void tx.store.delete(key).catch(() => undefined);
    await done;
  }
}

export function isSecret(record: StoreRecord | string): boolean {
  return (typeof record === "string" ? record : record[0]).startsWith("secret/");
}
