// Files of a form: code lists, pictures and sounds of labels. They are fetched once by their digest, which the form lists,
// and kept for work without a network. The engine never sees them; on the server it checks codes against the same lists.

import type { Phone } from "../engine";
import type { Store } from "./store";
import type { CodeList, LabelMedia } from "./views";

/** The parts of a compiled form (`quipu-form/1`) that say which files it has and where they belong. */
interface Definition {
  languages: { code: string; name: string }[];
  settings?: [string, string][];
  lists: { name: string; source?: string; value_column?: string; label_column?: string; choices: { name: string; media?: Media }[] }[];
  items: { name: string; kind: unknown; parent?: number; media?: Media }[];
}
type Media = Partial<Record<"image" | "audio", string[]>>;
interface Rows { codes: string[]; labels: string[]; plain: string[] }

const FOUND_MAX = 30;
const key = (digest: string): string => `file/${digest}`;
const plain = (text: string): string => text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();

export class Listed {
  readonly #definitions = new Map<string, Definition>();
  readonly #rows = new Map<string, Rows>();
  constructor(private readonly store: Store) {}

  /** Fetches what the phone's forms list and is not here yet. Without an answer it is tried at the next sync. */
  async fetch(phone: Phone): Promise<void> {
    for (const { form, version } of phone.forms()) {
      const bytes = phone.form(form, version);
      if (!bytes) continue;
      for (const digest of files(this.#definition(`${form}/${version}`, bytes)).values()) {
        if (await this.store.meta(key(digest))) continue;
        const reply = await fetch(`/v1/files/${digest}`, { credentials: "omit" }).catch(() => undefined);
        if (reply?.ok) await this.store.setMeta({ [key(digest)]: new Uint8Array(await reply.arrayBuffer()) });
      }
    }
  }

  /** Codes of a question's list that begin with the text, or whose label holds it; none for a question without one. */
  async search(id: string, form: Uint8Array, path: string, text: string): Promise<CodeList | undefined> {
    const definition = this.#definition(id, form);
    const list = definition.lists[listOf(itemAt(definition, path)?.kind) ?? -1];
    if (!list?.source?.endsWith(".csv")) return undefined;
    const rows = await this.#list(definition, list);
    if (!rows) return { here: false, known: false, found: [] };
    const wanted = plain(text.trim());
    const found: CodeList["found"] = [];
    for (let i = 0; i < rows.codes.length && found.length < FOUND_MAX; i++) {
      const [code, label] = [rows.codes[i] ?? "", rows.labels[i] ?? ""];
      if (code.startsWith(text.trim()) || rows.plain[i]?.includes(wanted)) found.push({ name: code, label });
    }
    return { here: true, known: rows.codes.includes(text.trim()), found };
  }

  /** The picture and the sound of a question's label, and pictures of its choices, as far as they are here. */
  async media(id: string, form: Uint8Array, path: string, language: string): Promise<LabelMedia | undefined> {
    const definition = this.#definition(id, form);
    const listed = files(definition);
    if (listed.size === 0) return undefined;
    const item = itemAt(definition, path);
    const at = Math.max(0, definition.languages.findIndex((l) => l.code === language || l.name === language));
    const of = async (names: string[] | undefined) => {
      const digest = listed.get(names?.[at] || names?.find(Boolean) || "");
      return digest ? this.store.meta<Uint8Array>(key(digest)) : undefined;
    };
    const media: LabelMedia = { choices: {} };
    const [image, audio] = [await of(item?.media?.image), await of(item?.media?.audio)];
    if (image) media.image = image;
    if (audio) media.audio = audio;
    for (const choice of definition.lists[listOf(item?.kind) ?? -1]?.choices ?? []) {
      const picture = await of(choice.media?.image);
      if (picture) media.choices[choice.name] = picture;
    }
    return media.image || media.audio || Object.keys(media.choices).length > 0 ? media : undefined;
  }

  #definition(id: string, form: Uint8Array): Definition {
    const known = this.#definitions.get(id) ?? (JSON.parse(new TextDecoder().decode(form)) as Definition);
    this.#definitions.set(id, known);
    return known;
  }

  async #list(definition: Definition, list: Definition["lists"][number]): Promise<Rows | undefined> {
    const digest = files(definition).get(list.source ?? "");
    const bytes = digest && !this.#rows.has(digest) ? await this.store.meta<Uint8Array>(key(digest)) : undefined;
    if (digest && bytes) {
      const [header = [], ...rows] = csv(new TextDecoder().decode(bytes));
      const [code, label] = [header.indexOf(list.value_column || "name"), header.indexOf(list.label_column || "label")];
      const labels = rows.map((row) => row[label] ?? "");
      this.#rows.set(digest, { codes: rows.map((row) => row[code] ?? ""), labels, plain: labels.map(plain) });
    }
    return digest ? this.#rows.get(digest) : undefined;
  }
}

/** Digests by name. */
function files({ settings = [] }: Definition): Map<string, string> {
  const lines = settings.find(([name]) => name === "files")?.[1].split("\n") ?? [];
  return new Map(lines.map((line): [string, string] => [line.slice(line.indexOf(" ") + 1), line.slice(0, line.indexOf(" "))]));
}

function listOf(kind: unknown): number | undefined {
  return typeof kind === "object" && kind ? (Object.values(kind)[0] as number) : undefined;
}

/** The question of `person[2]/d4_sex`: by its name and that of the repeat it is in. */
function itemAt({ items }: Definition, path: string): Definition["items"][number] | undefined {
  const [name, above = ""] = path.split("/").reverse();
  const repeat = (at: number | undefined): string => {
    const item = at === undefined ? undefined : items[at];
    return !item || item.kind === "repeat" ? (item?.name ?? "") : repeat(item.parent);
  };
  return items.find((item) => item.name === name && repeat(item.parent) === above.replace(/\[\d+\]$/, ""));
}

/** Records of a CSV file, as RFC 4180 has them. */
function csv(text: string): string[][] {
  const records: string[][] = [];
  for (const [, cell = "", end] of text.replace(/^\uFEFF/, "").matchAll(/("(?:[^"]|"")*"|[^,\r\n]*)(,|\r?\n|$)/g)) {
    const last = records.at(-1) ?? (records.push([]), records.at(-1)!);
    last.push(cell.startsWith('"') ? cell.slice(1, -1).replaceAll('""', '"') : cell.trim());
    if (end !== ",") records.push([]);
  }
  return records.filter((record) => record.some(Boolean));
}
