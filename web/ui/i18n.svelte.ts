// Words for screens: a message is a code with parameters, and a catalogue puts it into a language.
// Left out: date pickers, calendars, anything with its own look. Start at `Words.t`.

/** Texts by code. A code ending in `.one`, `.few`, `.other` … is the plural form of the code before it. */
export type Catalogue = Record<string, string>;

/** A message as the engine and the server give it. */
export interface Message {
  code: string;
  params?: Record<string, string>;
}

export type Params = Record<string, string | number>;

const RIGHT_TO_LEFT = new Set(["ar", "fa", "he", "ps", "ug", "ur", "yi"]);

/** Formatters by what they are made from: slow to make, and asked for at every number on a screen. */
const formatters = new Map<string, unknown>();

function formatter<T>(from: string, make: () => T): T {
  if (!formatters.has(from)) formatters.set(from, make());
  return formatters.get(from) as T;
}

/** The catalogues of an app and the language now spoken. Reading any text in a component makes it follow the language. */
export class Words {
  language = $state("en");
  readonly #catalogues: Record<string, Catalogue>;
  readonly #fallback: string;

  /** `fallback` is the language used for a code another catalogue lacks. */
  constructor(catalogues: Record<string, Catalogue>, fallback = "en") {
    this.#catalogues = catalogues;
    this.#fallback = fallback;
  }

  get languages(): string[] {
    return Object.keys(this.#catalogues);
  }

  /** What a language calls itself, by its catalogue's `language.name`. */
  nameOf(language: string): string {
    return this.#catalogues[language]?.["language.name"] ?? language;
  }

  get direction(): "ltr" | "rtl" {
    return RIGHT_TO_LEFT.has(this.language.split("-")[0] ?? "") ? "rtl" : "ltr";
  }

  /** The first of these languages we have, or the fallback. */
  best(wanted: readonly string[]): string {
    for (const tag of wanted) {
      const base = tag.toLowerCase().split("-")[0] ?? "";
      if (base in this.#catalogues) return base;
    }
    return this.#fallback;
  }

  has(code: string): boolean {
    return this.#find(code) !== undefined;
  }

  /** The text of a code. `params.n` chooses the plural form. An unknown code is shown as it is: better than nothing. */
  t(code: string, params: Params = {}): string {
    let text: string | undefined;
    if (typeof params.n === "number") {
      const form = formatter(`plural ${this.language}`, () => new Intl.PluralRules(this.language)).select(params.n);
      text = (params.n === 0 ? this.#find(`${code}.zero`) : undefined)
        ?? this.#find(`${code}.${form}`) ?? this.#find(`${code}.other`);
    }
    text ??= this.#find(code);
    if (text === undefined) return code;
    return text.replace(/\{(\w+)\}/g, (whole, name: string) => {
      const value = params[name];
      if (value === undefined) return whole;
      return typeof value === "number" ? this.number(value) : value;
    });
  }

  /** The text of a message; whole numbers among its parameters choose plurals. */
  say(message: Message): string {
    const params: Params = { ...message.params };
    if (message.params?.n !== undefined && /^\d+$/.test(message.params.n)) params.n = Number(message.params.n);
    return this.t(message.code, params);
  }

  number(value: number): string {
    return formatter(`number ${this.language}`, () => new Intl.NumberFormat(this.language)).format(value);
  }

  /** A moment in the device's own zone: time of day, with the date when it is not today. */
  moment(at_ms: number): string {
    const at = new Date(at_ms);
    const today = new Date().toDateString() === at.toDateString();
    return this.date(at, today
      ? { hour: "2-digit", minute: "2-digit" }
      : { month: "short", day: "numeric", hour: "2-digit", minute: "2-digit" });
  }

  /** A date or a time, with the parts asked for. */
  date(at: Date, parts: Intl.DateTimeFormatOptions): string {
    return formatter(`date ${this.language} ${JSON.stringify(parts)}`, () => new Intl.DateTimeFormat(this.language, parts)).format(at);
  }

  #find(code: string): string | undefined {
    return this.#catalogues[this.language]?.[code] ?? this.#catalogues[this.#fallback]?.[code];
  }
}
