// A copy of finished work outside the browser's own store: a file that loses nothing when the site's data is cleared.
//
// It holds what is needed to hand the work in and nothing that reads: the outbox and its photos, sealed as they are, and the
// device's signing key; all under a key made from the code of the letter, which the person still has. Any phone delivers it
// in the name of the phone that made it. A piece that has arrived before changes nothing, so an old copy does no harm; and
// nothing new is ever numbered from a copy.
//
// File: "QUIPU-COPY-1", salt 16, iv 12, then AES-256-GCM of records, each [key length u32][key][length u32][bytes].

import type { Engine, Notice, Phone, Request, StoreRecord } from "../engine";

const MAGIC = new TextEncoder().encode("QUIPU-COPY-1");
const [SALT, IV] = [16, 12];
/** The code has about 100 bits of its own, so this need not be slow. */
const ITERATIONS = 50_000;
const ROUNDS_MAX = 500;

export interface CopyKey { key: CryptoKey; salt: Uint8Array }
export interface Delivered { sent: number; left: number; notices: Notice[] }

/** Which records go into a copy. */
export const isCopied = (key: string): boolean => /^(state|enrolment|secret\/device)$|^(outbox|photo|blob)\//.test(key);

export async function copyKey(code: string, salt: Uint8Array = crypto.getRandomValues(new Uint8Array(SALT))): Promise<CopyKey> {
  const letters = new TextEncoder().encode(code.toUpperCase().replace(/[^0-9A-Z]/g, ""));
  const base = await crypto.subtle.importKey("raw", letters, "PBKDF2", false, ["deriveKey"]);
  const key = await crypto.subtle.deriveKey({ name: "PBKDF2", hash: "SHA-256", salt: new Uint8Array(salt), iterations: ITERATIONS }, base,
    { name: "AES-GCM", length: 256 }, false, ["encrypt", "decrypt"]);
  return { key, salt };
}

export async function seal({ key, salt }: CopyKey, records: StoreRecord[]): Promise<Uint8Array> {
  const iv = crypto.getRandomValues(new Uint8Array(IV));
  const sealed = await crypto.subtle.encrypt({ name: "AES-GCM", iv }, key, pack(records));
  return joined([MAGIC, salt, iv, new Uint8Array(sealed)]);
}

/** The key of a copy's file by the code of its letter; throws `copy/not-a-copy`. */
export async function fileKey(file: Uint8Array, code: string): Promise<CryptoKey> {
  if (!MAGIC.every((byte, i) => file[i] === byte)) throw new Error("copy/not-a-copy");
  return (await copyKey(code, file.slice(MAGIC.length, MAGIC.length + SALT))).key;
}

/** The records of a copy; throws `copy/wrong-code`, for the wrong code or a damaged file. */
export async function open(file: Uint8Array, key: CryptoKey): Promise<StoreRecord[]> {
  const at = MAGIC.length + SALT;
  const iv = file.slice(at, at + IV);
  const plain = await crypto.subtle.decrypt({ name: "AES-GCM", iv }, key, file.slice(at + IV)).catch(() => undefined);
  if (!plain) throw new Error("copy/wrong-code");
  return unpack(new Uint8Array(plain));
}

/** Hands the work of a copy in. Nothing is stored here: until all has a receipt, the file is what is kept. */
export async function deliver(engine: Engine, records: StoreRecord[], send: (request: Request) => Promise<{ status: number; body: Uint8Array }>,
  now: () => { us: number; offsetMin: number }, entropy: () => Uint8Array): Promise<Delivered> {
  const blobs = new Map(records.filter(([key]) => key.startsWith("blob/")));
  const phone: Phone = engine.Phone.open(records.filter(([key]) => !key.startsWith("blob/")));
  const left = () => phone.outbox().count + phone.photos();
  const before = left();
  const notices: Notice[] = [];
  try {
    let step = phone.sync(now(), entropy());
    for (let round = 0; round < ROUNDS_MAX; round++) {
      notices.push(...step.notices);
      const { request, wanted } = step;
      if (request) {
        const reply = await send(request);
        step = phone.response(request.id, reply.status, reply.body, now(), entropy());
      } else if (wanted) step = phone.upload(wanted, blobs.get(wanted) ?? new Uint8Array(), now(), entropy());
      else break;
    }
    return { sent: before - left(), left: left(), notices };
  } finally {
    phone.free();
  }
}

function pack(records: StoreRecord[]): Uint8Array<ArrayBuffer> {
  const length = (n: number) => new Uint8Array(new Uint32Array([n]).buffer);
  return joined(records.flatMap(([key, bytes]) => {
    const name = new TextEncoder().encode(key);
    return [length(name.length), name, length(bytes.length), bytes];
  }));
}

function unpack(bytes: Uint8Array): StoreRecord[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const records: StoreRecord[] = [];
  for (let at = 0; at < bytes.length;) {
    const take = () => {
      const end = at + 4 + view.getUint32(at, true);
      const part = bytes.slice(at + 4, end);
      at = end;
      return part;
    };
    records.push([new TextDecoder().decode(take()), take()]);
  }
  return records;
}

function joined(parts: Uint8Array[]): Uint8Array<ArrayBuffer> {
  const out = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  parts.reduce((at, part) => (out.set(part, at), at + part.length), 0);
  return out;
}
