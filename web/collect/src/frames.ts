// A file as a row of short texts, each for one QR code, and back: a phone shows them one after another, another one reads them in
// any order and as often as it takes. Text: "QUIPU/mark/index/count/part", the mark telling one file from another.

const PART_CHARS = 400;
const PATTERN = /^QUIPU\/([0-9a-z]+)\/(\d+)\/(\d+)\/([A-Za-z0-9+/=]+)$/;

export function frames(file: Uint8Array): string[] {
  const text = btoa(Array.from(file, (byte) => String.fromCharCode(byte)).join(""));
  const count = Math.ceil(text.length / PART_CHARS);
  return Array.from({ length: count }, (_, i) => `QUIPU/${mark(text)}/${i}/${count}/${text.slice(i * PART_CHARS, (i + 1) * PART_CHARS)}`);
}

/** What has been read so far. */
export class Gathered {
  #mark = "";
  #parts: (string | undefined)[] = [];

  /** Takes the text of a code; false when it is none of these. Another file's begins anew. */
  take(text: string): boolean {
    const found = PATTERN.exec(text);
    if (!found) return false;
    const [, mark = "", index, count, part = ""] = found;
    if (mark !== this.#mark) {
      this.#mark = mark;
      this.#parts = Array.from({ length: Number(count) });
    }
    if (Number(index) < this.#parts.length) this.#parts[Number(index)] = part;
    return true;
  }

  get have(): number { return this.#parts.filter((part) => part !== undefined).length; }
  get of(): number { return this.#parts.length; }

  /** The file, once all of it was read. */
  file(): Uint8Array<ArrayBuffer> | undefined {
    const text = this.#parts.join("");
    if (this.of === 0 || this.have < this.of || mark(text) !== this.#mark) return undefined;
    return Uint8Array.from(atob(text), (char) => char.charCodeAt(0));
  }
}

function mark(text: string): string {
  let hash = 0x811c9dc5; // FNV-1a
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193) >>> 0;
  return hash.toString(36);
}
