// Copies of finished work outside the browser's own store: this person's, kept current where the browser lets a file be written
// again; and those of others, carried for them until there is a network. What a copy is, `copy.ts` says.

import type { StoreRecord } from "../engine";
import { copyKey, deliver, fileKey, isCopied, open, seal, type CopyKey, type Delivered } from "./copy";
import { entropy, now, type Host } from "./host";
import type { Keys } from "./keys";
import { send } from "./send";
import type { Store } from "./store";

/** Another phone's copy on its way to the office, with the key that opens it. */
interface Carried { file: Uint8Array; key: CryptoKey }

type Writable = FileSystemFileHandle & { queryPermission?: (how: { mode: "readwrite" }) => Promise<PermissionState> };

export class Copies {
  #store!: Store;
  #keys!: Keys;
  /** The number of the newest piece of work in the last copy. */
  #copied = 0;
  #file: Writable | undefined;
  /** The browser asks the person again before the file may be written. */
  #asks = false;
  #carried: Carried[] = [];
  constructor(private readonly host: Host) {}

  async open(store: Store, keys: Keys): Promise<void> {
    this.#store = store;
    this.#keys = keys;
    this.#copied = (await store.meta<number>("copiedNumber")) ?? 0;
    this.#file = await store.meta<Writable>("copyFile");
    this.#carried = (await store.meta<Carried[]>("carried")) ?? [];
  }

  /** Remembers what opens this person's copies: their letter's code. */
  async useCode(code: string): Promise<void> { await this.#store.setMeta({ copyKey: await copyKey(code) }); }

  /** Pieces of finished work that are neither at the office nor in a copy. */
  get uncopied(): number { return this.host.phone.outbox().numbers.filter((number) => number > this.#copied).length; }
  /** none: no file is kept; current: one is, by itself; asks: it is, once the person allows it again. */
  get file(): "none" | "current" | "asks" { return !this.#file ? "none" : this.#asks ? "asks" : "current"; }
  get carried(): number { return this.#carried.length; }

  /** A copy of the finished work that has no receipt, for a file; nothing when this phone cannot make one. */
  async make(): Promise<Uint8Array | undefined> {
    const newest = Math.max(0, ...this.host.phone.outbox().numbers);
    const file = await this.#seal(isCopied);
    if (file) await this.#made(newest);
    return file;
  }

  /** As `make`, without photos: what fits into codes on a screen. Nobody may have read them, so it counts for no copy. */
  makeForCodes(): Promise<Uint8Array | undefined> {
    return this.#seal((name) => isCopied(name) && !/^(photo|blob)\//.test(name));
  }

  async #seal(wanted: (name: string) => boolean): Promise<Uint8Array | undefined> {
    const key = await this.#store.meta<CopyKey>("copyKey");
    if (!key) return undefined;
    const records: StoreRecord[] = [];
    for (const name of (await this.#store.keys()).filter(wanted)) {
      const kept = await this.#store.get(name);
      const bytes = kept instanceof Uint8Array ? kept : kept && (await this.#keys.unwrap(kept));
      if (bytes) records.push([name, bytes]);
    }
    return seal(key, records);
  }

  /** From now on this file is written again after each piece of finished work. */
  async keepIn(file: FileSystemFileHandle): Promise<void> {
    this.#file = file;
    await this.#store.setMeta({ copyFile: file });
    await this.keepCurrent();
    if (this.#asks) throw new Error("copy.failed");
  }

  /** Writes the file again if something is not in it. It is replaced whole: a battery that dies leaves the one before. */
  async keepCurrent(): Promise<void> {
    if (!this.#file || this.host.phone.outbox().numbers.every((number) => number <= this.#copied)) return;
    const before = this.#copied;
    try {
      this.#asks = (await this.#file.queryPermission?.({ mode: "readwrite" })) === "prompt";
      const bytes = this.#asks ? undefined : await this.make();
      if (!bytes) return;
      const out = await this.#file.createWritable();
      await out.write(new Uint8Array(bytes));
      await out.close();
    } catch {
      // Moved, removed or refused: the person is asked, and the work counts as not copied.
      this.#asks = true;
      await this.#made(before);
    }
  }

  /** Hands in the work of a copy, this phone's own or another's. */
  async deliver(file: Uint8Array, code: string): Promise<Delivered> {
    const delivered = await this.#handIn({ file, key: await fileKey(file, code) });
    if (this.host.enrolment()) void this.host.sync();
    return delivered;
  }

  /** Takes another's copy along, to be handed in with this phone's next sync. Returns how many pieces of work are in it. */
  async carry(file: Uint8Array, code: string): Promise<number> {
    const key = await fileKey(file, code);
    const records = await open(file, key);
    await this.#carry([...this.#carried, { file, key }]);
    return records.filter(([name]) => name.startsWith("outbox/")).length;
  }

  /** Hands in what is carried for others. What the office does not have in full stays. */
  async handInCarried(): Promise<void> {
    for (const one of [...this.#carried]) {
      const { left } = await this.#handIn(one);
      if (left === 0) await this.#carry(this.#carried.filter((other) => other !== one));
    }
  }

  async #handIn({ file, key }: Carried): Promise<Delivered> {
    return deliver(this.host.engine, await open(file, key), send, now, entropy);
  }

  async #carry(carried: Carried[]): Promise<void> {
    await this.#store.setMeta({ carried });
    this.#carried = carried;
  }

  async #made(newest: number): Promise<void> {
    await this.#store.setMeta({ copiedNumber: newest });
    this.#copied = newest;
  }
}
