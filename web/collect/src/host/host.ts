// One person's owner of engine, storage and network. It runs in a worker; screens ask it and draw what comes back.
//
// Every change goes: engine step → one durable transaction → only then shown or sent. In an interview the next question is
// shown at once, stored in the same moment, and nobody goes further before it is. Calls that touch the engine run
// one after another; the network is waited for outside that line, so that saving never waits for a slow sync.
// Start at `#act`, then `#exchange`.

import type { Done, Engine, Enrolment, Now, Notice, Phone, Request, Step, StoreRecord } from "../engine";
import { Households } from "./households";
import { Interviews } from "./interviews";
import { Copies } from "./copies";
import { nextVisits } from "./next";
import { Listed } from "./listed";
import { Places } from "./places";
import { Rosters } from "./rosters";
import { Tracks } from "./track";
import type { Point } from "../map/geometry";
import { Keys } from "./keys";
import { send } from "./send";
import type { People } from "./people";
import { Conflict, Store, isSecret, type Kept, type Wrapped } from "./store";
import type { Overview, Stage, SyncState } from "./views";
import { draftHeader } from "./draft";

const ROUNDS_MAX = 50;
/** A letter of another cell; the refusal says at which address that is. */
const ELSEWHERE = "enrol/letter-elsewhere";
/** The first screen is drawn by then, and nobody has entered six digits yet. */
const WARM_AFTER_MS = 300;
/** Agreed times are kept as drafts are: encrypted, and only here. */
const APPOINTMENT = "appointment/";

export class Host {
  #store!: Store;
  #keys!: Keys;
  #phone: Phone | undefined;
  #working: Uint8Array | undefined;
  #line: Promise<unknown> = Promise.resolve();
  #sync: SyncState = { running: false, lastTriedMs: 0, lastDoneMs: 0, failed: "" };
  #timer: ReturnType<typeof setTimeout> | undefined;
  #listed!: Listed;
  readonly interviews = new Interviews(this);
  readonly copies = new Copies(this);
  readonly tracks = new Tracks(this);
  readonly places = new Places(this);
  readonly rosters = new Rosters(this);
  readonly households = new Households(this);

  constructor(private readonly people: People) {}

  /** Opens this person's storage. The engine is loaded meanwhile: neither waits for the other. */
  async open(name: string, engine: Promise<unknown>): Promise<void> {
    this.#store = await Store.open(name, () => this.people.lost());
    const [keys, lastDoneMs] = await Promise.all([Keys.open(this.#store), this.#store.meta<number>("lastSyncMs")]);
    this.#keys = keys;
    this.#listed = new Listed(this.#store);
    this.#sync.lastDoneMs = lastDoneMs ?? 0;
    await this.copies.open(this.#store, keys);
    await engine;
    await this.reopen();
    this.#schedule();
    setTimeout(() => { if (this.people.host === this) this.interviews.warm(); }, WARM_AFTER_MS);
  }

  get listed(): Listed { return this.#listed; }

  get engine(): Engine { return this.people.engine; }

  get phone(): Phone {
    if (!this.#phone) throw new Error("device/not-enrolled");
    return this.#phone;
  }

  enrolment(): Enrolment | undefined { return this.#phone?.enrolment(); }

  /** Whether finished work, a photo of it or another's waits for the network. */
  get waits(): boolean { return this.#phone !== undefined && this.#phone.outbox().count + this.#phone.photos() + this.copies.carried > 0; }

  kept<T>(name: string): Promise<T | undefined> { return this.#store.meta<T>(name); }
  keep(entries: Record<string, unknown>): Promise<void> { return this.#store.setMeta(entries); }

  stage(): Stage {
    if (!this.enrolment()) return "new";
    if (!this.#keys.pinSet) return "pin";
    return this.phone.locked ? "locked" : "open";
  }

  /** What every screen needs to know. */
  overview(): Overview {
    const stage = this.stage();
    const { elsewhere, persisted } = this.people;
    const common = { stage, elsewhere, persisted, people: this.people.all(), sync: { ...this.#sync } };
    if (stage === "new") return { ...common, eas: [], todo: { eas: [], unsent: 0 }, unsent: 0, uncopied: 0, copyFile: "none", carried: 0, photos: 0, sent: 0, drafts: [] };
    const phone = this.phone;
    return {
      ...common,
      enrolment: phone.enrolment(),
      eas: phone.eas(),
      todo: phone.todo(),
      unsent: phone.outbox().count,
      uncopied: this.copies.uncopied,
      copyFile: this.copies.file,
      carried: this.copies.carried,
      photos: phone.photos(),
      sent: phone.receipts().length,
      drafts: phone.locked ? [] : this.#drafts(),
    };
  }

  #drafts(): Overview["drafts"] {
    return this.phone.drafts().filter(({ key }) => /^(listing|household)\//.test(key)).sort((a, b) => b.savedUs - a.savedUs).flatMap(({ key, savedUs }) => {
      const bytes = this.phone.draft(key);
      return bytes ? [{ key, savedMs: savedUs / 1000, ...draftHeader(bytes) }] : [];
    });
  }

  page(ea: number) { return this.phone.page(ea); }
  lunarToDay(year: number, month: number, leap: boolean, day: number) { return this.people.engine.lunarToDay(year, month, leap, day); }
  leapMonth(year: number) { return this.people.engine.leapMonth(year); }
  receipts() { return this.phone.receipts(); }
  receipt(number: number) { return this.phone.receipt(number); }

  /** First use: makes the phone's own keys and exchanges the code. The notices say what went wrong, if anything. */
  async enrol(code: string): Promise<Notice[]> {
    if (!this.#phone) {
      await this.inLine(async () => {
        const phone = this.people.engine.Phone.create(entropy(64), now());
        await this.#commit(phone.created());
        this.#phone = phone;
        await this.#reopen();
      });
    }
    const step = await this.act((phone) => phone.enrol(code));
    await this.copies.useCode(code);
    let refusal: Uint8Array = new Uint8Array();
    const notices = await this.#exchange(step, (body) => (refusal = body)).catch((error: Error) => {
      if (error.message !== ELSEWHERE) throw error;
      return [{ code: ELSEWHERE, params: { address: addressIn(refusal) } }];
    });
    if (this.#phone?.enrolment()) void this.sync();
    this.people.changed();
    return notices;
  }

  /** Chooses the PIN and puts the reading key under it. */
  async choosePin(pin: string): Promise<void> {
    await this.inLine(async () => {
      const kept = (await this.#store.get("secret/working")) as Wrapped | undefined;
      const working = kept && (await this.#keys.unwrap(kept));
      const rule = await this.#keys.choosePin(pin);
      const records: [string, Kept][] = working ? [["secret/working", await this.#keys.wrap("secret/working", working)]] : [];
      await this.#store.setMeta({ pin: rule }, records);
      await this.#reopen();
    });
    this.people.changed();
  }

  /** Opens names and drafts. A wrong PIN only says so. */
  async unlock(pin: string): Promise<boolean> {
    if (!(await this.#keys.tryPin(pin))) return false;
    await this.reopen();
    this.people.changed();
    return true;
  }

  /** Whether this is the PIN; nothing is opened or closed. */
  isPin(pin: string): Promise<boolean> { return this.#keys.tryPin(pin); }

  async lock(): Promise<void> {
    await this.interviews.close();
    this.#keys.forgetPin();
    this.#working = undefined;
    await this.reopen();
    this.people.changed();
  }

  /** Records a visit. `appointment`, a local time or "", is kept on this phone with the household. */
  async visit(ea: number, dwelling: number, household: number, outcome: number, appointment = ""): Promise<void> {
    await this.act((phone) => phone.recordVisit({ ea, dwelling, ...(household ? { household } : {}), outcome }, now(), entropy()).step);
    const key = `${APPOINTMENT}${ea}/${household}`;
    if (appointment) await this.act((phone) => phone.saveDraft(key, new TextEncoder().encode(appointment), now()));
    else if (this.phone.draft(key)) await this.act((phone) => phone.discardDraft(key));
    void this.sync();
    this.people.changed();
  }

  /** Whom to visit next, the first ones; among those equally due the nearest first, when it is known where the phone is. */
  next(most: number, here?: Point) { return this.#phone?.enrolment() ? nextVisits(this.phone, this.appointments(), Date.now(), most, here) : []; }

  /** Where the phone was carried in an area. */
  track(ea: number) { return this.tracks.read(ea); }
  walk(ea: number, points: Point[]): Promise<void> { return this.tracks.walk(ea, points); }
  forgetTrack(ea: number): Promise<void> { return this.tracks.forget(ea); }

  /** Agreed times of this phone by "area/household", as local time. */
  appointments(): Record<string, string> {
    if (this.phone.locked) return {};
    const keys = this.phone.drafts().map((draft) => draft.key).filter((key) => key.startsWith(APPOINTMENT));
    return Object.fromEntries(keys.map((key) => [key.slice(APPOINTMENT.length), new TextDecoder().decode(this.phone.draft(key))]));
  }

  /** A supervisor's decision about the interview that counts: `reason` 0 approves, any other sends it back, for the questions
   *  at the paths `marks` or for all of it. */
  async review(ea: number, household: number, submission: number, reason: number, marks: string[] = []): Promise<void> {
    const { form, phase } = this.interviews.forms.of(ea, household);
    const review = { ea, household, form, phase, reason, submission, marks };
    await this.#decide((phone) => reason === 0 ? phone.approve(review, now(), entropy()) : phone.returnSubmission(review, now(), entropy()));
  }

  /** A supervisor makes a refusal (7) or a household never met (8) final. */
  confirmNonresponse(ea: number, household: number, response: number): Promise<void> {
    return this.#decide((phone) => phone.confirmNonresponse({ ea, household, response }, now(), entropy()));
  }

  /** A household is part of another (`into`), or one of its own after all (0). */
  merge(ea: number, household: number, into: number): Promise<void> {
    return this.#decide((phone) => phone.mergeHousehold({ ea, household, into }, now(), entropy()));
  }

  async #decide(decision: (phone: Phone) => Done): Promise<void> {
    await this.act((phone) => decision(phone).step);
    void this.sync();
    this.people.changed();
  }

  /** Another household behind the same door, found or split from one. Returns its number. */
  async addHousehold(ea: number, dwelling: number, splitFrom = 0): Promise<number> {
    let number = 0;
    await this.act((phone) => {
      const done = phone.listHousehold({ ea, dwelling, splitFrom }, now(), entropy());
      number = done.finished.households[0] ?? 0;
      return done.step;
    });
    void this.sync();
    this.people.changed();
    return number;
  }

  /** Sends what is finished and fetches what is new; several rounds when there is much. `after`: because another's did. */
  async sync(after = false): Promise<Notice[]> {
    if (this.#sync.running || this.people.elsewhere || !this.#phone?.enrolment()) return [];
    this.#sync = { ...this.#sync, running: true, lastTriedMs: Date.now(), failed: "" };
    this.people.changed();
    let notices: Notice[] = [];
    await this.copies.keepCurrent();
    try {
      notices = await this.#exchange(await this.act((phone) => phone.sync(now(), entropy())));
      await this.copies.handInCarried();
    } catch (error) {
      this.#sync.failed = codeOf(error);
    }
    this.#sync.running = false;
    if (!this.#sync.failed) {
      // What a form lists may be large: it comes after the work, and whatever is missing comes next time.
      if (this.#phone) await this.#listed.fetch(this.#phone).catch(() => undefined);
      this.#sync.lastDoneMs = Date.now();
      await this.#store.setMeta({ lastSyncMs: this.#sync.lastDoneMs });
    }
    this.#sync.notices = notices;
    this.#schedule();
    this.people.changed();
    if (!after && !this.#sync.failed) void this.people.synced(this);
    return notices;
  }

  /** Reads the storage anew. */
  reopen(): Promise<void> { return this.inLine(() => this.#reopen()); }

  /** Runs one step of the engine and stores it. The work is done again if another tab has written in between. */
  act(work: (phone: Phone) => Step): Promise<Step> {
    return this.inLine(async () => {
      if (this.people.elsewhere) throw new Error("tab/elsewhere");
      for (let attempt = 0; ; attempt++) {
        const step = work(this.phone);
        try {
          await this.#commit(step);
          return step;
        } catch (error) {
          await this.#reopen(); // the engine is ahead of the storage
          if (!(error instanceof Conflict) || attempt > 0) throw storageError(error);
        }
      }
    });
  }

  /** Runs after everything asked for before it. */
  inLine<T>(work: () => Promise<T> | T): Promise<T> {
    const run = this.#line.then(work, work);
    this.#line = run.catch(() => undefined);
    return run;
  }

  /** `heard` is given every answer before the engine is. */
  async #exchange(first: Step, heard: (body: Uint8Array) => void = () => undefined): Promise<Notice[]> {
    const notices = [...first.notices];
    let { request, wanted } = first;
    for (let round = 0; (request || wanted) && round < ROUNDS_MAX; round++) {
      if (!request) {
        const key = wanted as string;
        const blob = await this.#store.get(key);
        const step = await this.act((phone) => phone.upload(key, blob instanceof Uint8Array ? blob : new Uint8Array(), now(), entropy()));
        notices.push(...step.notices);
        ({ request, wanted } = step);
        continue;
      }
      const sent: Request = request;
      const reply = await send(sent).catch(() => undefined);
      if (reply) heard(reply.body);
      const step: Step = await this.act((phone) => reply
        ? phone.response(sent.id, reply.status, reply.body, now(), entropy())
        : phone.failed(sent.id, now()));
      notices.push(...step.notices);
      if (!reply) throw new Error(navigator.onLine ? "sync/no-answer" : "sync/offline");
      this.people.changed();
      ({ request, wanted } = step);
    }
    return notices;
  }

  async #commit(step: Step): Promise<void> {
    if (step.generation === 0) return;
    const puts: [string, Kept][] = [];
    for (const [key, value] of step.puts) {
      puts.push([key, isSecret(key) ? await this.#keys.wrap(key, value) : value]);
      if (key === "secret/working" && this.#working) this.#working = value;
    }
    await this.#store.commit(step, puts, (state) => this.people.engine.Phone.generation(state));
  }

  async #reopen(): Promise<void> {
    const records: StoreRecord[] = [];
    let working: Uint8Array | undefined;
    for (const [key, kept] of await this.#store.all()) {
      const bytes = kept instanceof Uint8Array ? kept : await this.#keys.unwrap(kept);
      if (!bytes) continue;
      if (key === "secret/working") working = bytes;
      else records.push([key, bytes]);
    }
    this.#phone?.free();
    this.#phone = records.length > 0 ? this.people.engine.Phone.open(records) : undefined;
    this.#working = working;
    if (this.#phone && working) this.#phone.unlock(working);
  }

  #schedule(): void {
    clearTimeout(this.#timer);
    if (!this.#phone?.enrolment()) return;
    const wait_ms = Math.max(5_000, this.#phone.nextSyncUs() / 1000 - Date.now());
    // A timer that fires late, or a clock that jumps, only makes the next sync early or late.
    this.#timer = setTimeout(() => void this.sync(), Math.min(wait_ms, 15 * 60_000));
  }
}

export function now(): Now {
  return { us: Date.now() * 1000, offsetMin: -new Date().getTimezoneOffset() };
}

export function entropy(bytes = 32): Uint8Array {
  return crypto.getRandomValues(new Uint8Array(bytes));
}

/** The address a refusal gives; "" for none, or for one that is no safer than a stranger's: it must be as this page is. */
function addressIn(refusal: Uint8Array): string {
  try {
    const { params } = JSON.parse(new TextDecoder().decode(refusal)) as { params?: { address?: unknown } };
    const { protocol, origin } = new URL(String(params?.address));
    return protocol === "https:" || protocol === location.protocol ? origin : "";
  } catch {
    return "";
  }
}

/** The code an error carries; an unknown error has its own. */
export function codeOf(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return /^[a-z_-]+\/[a-z0-9_-]+$/.test(text) ? text : "app/unexpected";
}

function storageError(error: unknown): Error {
  if (error instanceof DOMException) {
    return new Error(error.name === "QuotaExceededError" ? "store/full" : "store/failed", { cause: error });
  }
  return error instanceof Error ? error : new Error(String(error));
}
