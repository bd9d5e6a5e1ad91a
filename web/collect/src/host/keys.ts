// Keys that never leave the device: one made at first use, one made from the PIN. A wrong PIN erases nothing.

import type { PinRule, Store, Wrapped } from "./store";

// OWASP's figure for PBKDF2-SHA-256. The result is wrapped by the device's key as well, so that a copied database
// alone gives nothing to try PINs on.
const ITERATIONS = 600_000;
const CHECK = new TextEncoder().encode("quipu pin");

type Bytes = Uint8Array<ArrayBuffer>;
const own = (bytes: Uint8Array): Bytes => new Uint8Array(bytes);

export class Keys {
  #pin: CryptoKey | undefined;
  private constructor(private readonly device: CryptoKey, private rule: PinRule | undefined) {}

  static async open(store: Store): Promise<Keys> {
    const [known, rule] = await Promise.all([store.meta<CryptoKey>("deviceKey"), store.meta<PinRule>("pin")]);
    let device = known;
    if (!device) {
      device = await crypto.subtle.generateKey({ name: "AES-GCM", length: 256 }, false, ["encrypt", "decrypt"]);
      await store.setMeta({ deviceKey: device });
    }
    return new Keys(device, rule);
  }

  get pinSet(): boolean { return this.rule !== undefined; }
  get unlocked(): boolean { return this.#pin !== undefined; }

  /** Makes the PIN's key; the rule is to be stored together with the records wrapped anew. */
  async choosePin(pin: string): Promise<PinRule> {
    const salt = crypto.getRandomValues(new Uint8Array(16));
    const key = await derive(pin, salt, ITERATIONS);
    const check = await this.#seal("pin", CHECK, key);
    this.#pin = key;
    this.rule = { salt, iterations: ITERATIONS, check };
    return this.rule;
  }

  /** Whether this is the PIN. On `true` the reading key can be opened. */
  async tryPin(pin: string): Promise<boolean> {
    if (!this.rule) return false;
    const key = await derive(pin, own(this.rule.salt), this.rule.iterations);
    try {
      await this.#open(this.rule.check, key);
    } catch {
      return false;
    }
    this.#pin = key;
    return true;
  }

  forgetPin(): void { this.#pin = undefined; }

  /** Wraps a secret record: the reading key under PIN and device, all others under the device alone. */
  async wrap(name: string, bytes: Uint8Array): Promise<Wrapped> {
    if (name !== "secret/working" || !this.rule) return this.#seal("device", bytes);
    if (!this.#pin) throw new Error("device/locked");
    return this.#seal("pin", bytes, this.#pin);
  }

  /** The bytes of a wrapped record, or `undefined` while the PIN is not known. */
  async unwrap(kept: Wrapped): Promise<Uint8Array | undefined> {
    if (kept.by === "device") return this.#open(kept);
    return this.#pin ? this.#open(kept, this.#pin) : undefined;
  }

  async #seal(by: Wrapped["by"], plain: Uint8Array, pin?: CryptoKey): Promise<Wrapped> {
    const iv = crypto.getRandomValues(new Uint8Array(12));
    const inner = pin ? await encrypt(pin, iv, own(plain)) : own(plain);
    return { by, iv, bytes: await encrypt(this.device, iv, inner) };
  }

  async #open(kept: Wrapped, pin?: CryptoKey): Promise<Uint8Array> {
    const inner = await decrypt(this.device, kept.iv, kept.bytes);
    return pin ? decrypt(pin, kept.iv, inner) : inner;
  }
}

async function derive(pin: string, salt: Bytes, iterations: number): Promise<CryptoKey> {
  const base = await crypto.subtle.importKey("raw", new TextEncoder().encode(pin), "PBKDF2", false, ["deriveKey"]);
  return crypto.subtle.deriveKey({ name: "PBKDF2", hash: "SHA-256", salt, iterations }, base,
    { name: "AES-GCM", length: 256 }, false, ["encrypt", "decrypt"]);
}

async function encrypt(key: CryptoKey, iv: Uint8Array, plain: Bytes): Promise<Bytes> {
  return new Uint8Array(await crypto.subtle.encrypt({ name: "AES-GCM", iv: own(iv) }, key, plain));
}

async function decrypt(key: CryptoKey, iv: Uint8Array, sealed: Uint8Array): Promise<Bytes> {
  return new Uint8Array(await crypto.subtle.decrypt({ name: "AES-GCM", iv: own(iv) }, key, own(sealed)));
}
