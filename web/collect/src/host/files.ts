// Photos, sounds and drawings of an interview under way. They lie beside its draft, encrypted as it is, and go into the
// finished work together with it. What one is called is the answer to its question.

import type { Photo } from "../engine";
import { now, type Host } from "./host";

/** Where the draft of an interview keeps the file of a question: under its path and the ending of its name. */
const fileKey = (draft: string, path: string): string => `photo/${draft}/${path}`;

/** Names of drawn signatures begin so; no question is called so. */
const SIGNED = "signed-";

/** What a file is called: by its question, so that each of an interview has its own name. */
const fileName = (path: string): string => path.replace(/[^A-Za-z0-9_.]+/g, "-").replace(/^-|-$/g, "").replace(/-\./g, ".");

export class Files {
  constructor(private readonly host: Host) {}

  /** Keeps a file as the one of this question. Returns its name. */
  async take(draft: string, path: string, bytes: Uint8Array, ending: string): Promise<string> {
    const name = `${path}.${ending}`;
    await this.#put(fileKey(draft, name), bytes);
    for (const other of this.#at(draft, path)) if (other !== fileKey(draft, name)) await this.#drop(other);
    return fileName(name);
  }

  async remove(draft: string, path: string): Promise<void> {
    for (const key of this.#at(draft, path)) await this.#drop(key);
  }

  read(draft: string, path: string): Uint8Array | undefined {
    const key = this.#at(draft, path)[0];
    return key === undefined ? undefined : this.host.phone.draft(key);
  }

  /** Keeps a drawing of the household's; one replaces another. */
  async sign(draft: string, way: string, png: Uint8Array): Promise<void> {
    for (const { key } of this.#signatures(draft)) await this.#drop(key);
    await this.#put(fileKey(draft, `${SIGNED}${way}.png`), png);
  }

  signed(draft: string): string {
    return this.#signatures(draft)[0]?.way ?? "";
  }

  /** All files of a draft, as they go into finished work. */
  all(draft: string): Photo[] {
    return this.#of(draft).flatMap((key) => {
      const bytes = this.host.phone.draft(key);
      return bytes ? [{ name: fileName(key.slice(fileKey(draft, "").length)), bytes }] : [];
    });
  }

  /** Keeps the files of one draft with another as well. */
  async copy(from: string, to: string): Promise<void> {
    for (const key of this.#of(from)) {
      const bytes = this.host.phone.draft(key);
      if (bytes) await this.#put(fileKey(to, key.slice(fileKey(from, "").length)), bytes);
    }
  }

  async discard(draft: string): Promise<void> {
    for (const key of this.#of(draft)) await this.#drop(key);
  }

  #put(key: string, bytes: Uint8Array) { return this.host.act((phone) => phone.saveDraft(key, bytes, now())); }
  #drop(key: string) { return this.host.act((phone) => phone.discardDraft(key)); }

  #of(draft: string): string[] {
    return this.host.phone.drafts().map(({ key }) => key).filter((key) => key.startsWith(fileKey(draft, "")));
  }

  #at(draft: string, path: string): string[] {
    const prefix = `${fileKey(draft, path)}.`;
    return this.#of(draft).filter((key) => key.startsWith(prefix) && !key.slice(prefix.length).includes("/"));
  }

  #signatures(draft: string): { key: string; way: string }[] {
    const prefix = fileKey(draft, SIGNED);
    return this.#of(draft).filter((key) => key.startsWith(prefix)).map((key) => ({ key, way: key.slice(prefix.length).replace(".png", "") }));
  }
}
