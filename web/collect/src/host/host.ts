// The app's one owner of engine, storage and network. It runs in a worker; screens ask it and draw what comes back.
//
// Every change goes: engine step → one durable transaction → only then shown or sent. Calls that touch the engine run
// one after another; the network is waited for outside that line, so that saving never waits for a slow sync.
// Start at `#act`, then `#exchange`.

import { loadEngine, type Done, type Engine, type Now, type Notice, type Phone, type Request, type Step, type StoreRecord } from "../engine";
import { Interviews } from "./interviews";
import { copyKey, deliver, isCopied, open, seal, type CopyKey, type Delivered } from "./copy";
import { nextVisits } from "./next";
import { Listed } from "./listed";
import { Keys } from "./keys";
import { Conflict, Store, isSecret, type Kept, type Wrapped } from "./store";
import type { Overview, Stage, SyncState } from "./views";
import { draftHeader } from "./draft";

const REPLY_WAIT_MS = 60_000;
const ROUNDS_MAX = 50;
/** Agreed times are kept as drafts are: encrypted, and only here. */
const APPOINTMENT = "appointment/";

export class Host {
  #engine!: Engine;
  #store!: Store;
  #keys!: Keys;
  #phone: Phone | undefined;
  #working: Uint8Array | undefined;
  #line: Promise<unknown> = Promise.resolve();
  #elsewhere = false;
  #persisted = true;
  #sync: SyncState = { running: false, lastTriedMs: 0, lastDoneMs: 0, failed: "" };
  /** The number of the newest piece of work in the last copy. */
  #copied = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #listed!: Listed;
  readonly interviews = new Interviews(this);

  /** `changed` is called when a screen should ask again. */
  constructor(private readonly changed: () => void) {}

  /** Opens engine and storage, and takes the lock that keeps a second tab from writing. */
  async start(persisted: boolean): Promise<void> {
    this.#persisted = persisted;
    this.#engine = await loadEngine();
    this.#store = await Store.open(() => this.#lost());
    this.#keys = await Keys.open(this.#store);
    this.#listed = new Listed(this.#store);
    this.#copied = (await this.#store.meta<number>("copiedNumber")) ?? 0;
    this.#sync.lastDoneMs = (await this.#store.meta<number>("lastSyncMs")) ?? 0;
    await this.#takeLock(false);
    await this.inLine(() => this.#reopen());
    this.#schedule();
  }

  get listed(): Listed { return this.#listed; }

  get engine(): Engine { return this.#engine; }

  get phone(): Phone {
    if (!this.#phone) throw new Error("device/not-enrolled");
    return this.#phone;
  }

  stage(): Stage {
    const enrolled = this.#phone?.enrolment() !== undefined;
    if (!enrolled) return "new";
    if (!this.#keys.pinSet) return "pin";
    return this.phone.locked ? "locked" : "open";
  }

  /** What every screen needs to know. */
  overview(): Overview {
    const stage = this.stage();
    const common = { stage, elsewhere: this.#elsewhere, persisted: this.#persisted, sync: { ...this.#sync } };
    if (stage === "new") return { ...common, eas: [], todo: { eas: [], unsent: 0 }, unsent: 0, uncopied: 0, photos: 0, sent: 0, drafts: [] };
    const phone = this.phone;
    return {
      ...common,
      enrolment: phone.enrolment(),
      eas: phone.eas(),
      todo: phone.todo(),
      unsent: phone.outbox().count,
      uncopied: phone.outbox().numbers.filter((number) => number > this.#copied).length,
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
  lunarToDay(year: number, month: number, leap: boolean, day: number) { return this.#engine.lunarToDay(year, month, leap, day); }
  leapMonth(year: number) { return this.#engine.leapMonth(year); }
  receipts() { return this.phone.receipts(); }
  receipt(number: number) { return this.phone.receipt(number); }

  /** First use: makes the phone's own keys and exchanges the code. The notices say what went wrong, if anything. */
  async enrol(code: string): Promise<Notice[]> {
    if (!this.#phone) {
      await this.inLine(async () => {
        const phone = this.#engine.Phone.create(entropy(64), now());
        await this.#commit(phone.created());
        this.#phone = phone;
        await this.#reopen();
      });
    }
    const step = await this.act((phone) => phone.enrol(code));
    await this.#store.setMeta({ copyKey: await copyKey(code) });
    const notices = await this.#exchange(step);
    if (this.#phone?.enrolment()) void this.sync();
    this.changed();
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
    this.changed();
  }

  /** Opens names and drafts. A wrong PIN only says so. */
  async unlock(pin: string): Promise<boolean> {
    if (!(await this.#keys.tryPin(pin))) return false;
    await this.inLine(() => this.#reopen());
    this.changed();
    return true;
  }

  /** Whether this is the PIN; nothing is opened or closed. */
  isPin(pin: string): Promise<boolean> { return this.#keys.tryPin(pin); }

  async lock(): Promise<void> {
    await this.interviews.close();
    this.#keys.forgetPin();
    this.#working = undefined;
    await this.inLine(() => this.#reopen());
    this.changed();
  }

  /** Records a visit. `appointment`, a local time or "", is kept on this phone with the household. */
  async visit(ea: number, dwelling: number, household: number, outcome: number, appointment = ""): Promise<void> {
    await this.act((phone) => phone.recordVisit({ ea, dwelling, ...(household ? { household } : {}), outcome }, now(), entropy()).step);
    const key = `${APPOINTMENT}${ea}/${household}`;
    if (appointment) await this.act((phone) => phone.saveDraft(key, new TextEncoder().encode(appointment), now()));
    else if (this.phone.draft(key)) await this.act((phone) => phone.discardDraft(key));
    void this.sync();
    this.changed();
  }

  /** Whom to visit next, the first ones. */
  next(most: number) { return this.#phone?.enrolment() ? nextVisits(this.phone, this.appointments(), Date.now(), most) : []; }

  /** Agreed times of this phone by "area/household", as local time. */
  appointments(): Record<string, string> {
    if (this.phone.locked) return {};
    const keys = this.phone.drafts().map((draft) => draft.key).filter((key) => key.startsWith(APPOINTMENT));
    return Object.fromEntries(keys.map((key) => [key.slice(APPOINTMENT.length), new TextDecoder().decode(this.phone.draft(key))]));
  }

  /** A supervisor's decision about the interview that counts: `reason` 0 approves, any other sends it back. */
  async review(ea: number, household: number, submission: number, reason: number): Promise<void> {
    const { form, phase } = this.interviews.householdForm();
    const review = { ea, household, form, phase, reason, submission };
    await this.#decide((phone) => reason === 0 ? phone.approve(review, now(), entropy()) : phone.returnSubmission(review, now(), entropy()));
  }

  /** A supervisor makes a refusal (7) or a household never met (8) final. */
  confirmNonresponse(ea: number, household: number, response: number): Promise<void> {
    return this.#decide((phone) => phone.confirmNonresponse({ ea, household, response }, now(), entropy()));
  }

  async #decide(decision: (phone: Phone) => Done): Promise<void> {
    await this.act((phone) => decision(phone).step);
    void this.sync();
    this.changed();
  }

  /** Another household behind the same door. Returns its number. */
  async addHousehold(ea: number, dwelling: number): Promise<number> {
    let number = 0;
    await this.act((phone) => {
      const done = phone.listHousehold({ ea, dwelling }, now(), entropy());
      number = done.finished.households[0] ?? 0;
      return done.step;
    });
    void this.sync();
    this.changed();
    return number;
  }

  /** Sends what is finished and fetches what is new; several rounds when there is much. */
  async sync(): Promise<Notice[]> {
    if (this.#sync.running || this.#elsewhere || !this.#phone?.enrolment()) return [];
    this.#sync = { ...this.#sync, running: true, lastTriedMs: Date.now(), failed: "" };
    this.changed();
    let notices: Notice[] = [];
    try {
      notices = await this.#exchange(await this.act((phone) => phone.sync(now(), entropy())));
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
    this.changed();
    return notices;
  }

  /** A copy of the finished work that has no receipt, for a file; nothing when this phone cannot make one. */
  async copy(): Promise<Uint8Array | undefined> {
    const key = await this.#store.meta<CopyKey>("copyKey");
    if (!key) return undefined;
    const records: StoreRecord[] = [];
    for (const name of (await this.#store.keys()).filter(isCopied)) {
      const kept = await this.#store.get(name);
      const bytes = kept instanceof Uint8Array ? kept : kept && (await this.#keys.unwrap(kept));
      if (bytes) records.push([name, bytes]);
    }
    const file = await seal(key, records);
    await this.#store.setMeta({ copiedNumber: Math.max(0, ...this.phone.outbox().numbers) });
    this.#copied = Math.max(0, ...this.phone.outbox().numbers);
    this.changed();
    return file;
  }

  /** Hands in the work of a copy, this phone's own or another's. */
  async deliver(file: Uint8Array, code: string): Promise<Delivered> {
    const delivered = await deliver(this.#engine, await open(file, code), send, now, entropy);
    if (this.#phone?.enrolment()) void this.sync();
    return delivered;
  }

  /** Moves the work into this tab; the other one stops writing. */
  async takeOver(): Promise<void> {
    await this.#takeLock(true);
    await this.inLine(() => this.#reopen());
    this.changed();
  }

  /** Runs one step of the engine and stores it. The work is done again if another tab has written in between. */
  act(work: (phone: Phone) => Step): Promise<Step> {
    return this.inLine(async () => {
      if (this.#elsewhere) throw new Error("tab/elsewhere");
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

  async #exchange(first: Step): Promise<Notice[]> {
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
      const step: Step = await this.act((phone) => reply
        ? phone.response(sent.id, reply.status, reply.body, now(), entropy())
        : phone.failed(sent.id, now()));
      notices.push(...step.notices);
      if (!reply) throw new Error(navigator.onLine ? "sync/no-answer" : "sync/offline");
      this.changed();
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
    await this.#store.commit(step, puts, (state) => this.#engine.Phone.generation(state));
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
    this.#phone = records.length > 0 ? this.#engine.Phone.open(records) : undefined;
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

  async #takeLock(steal: boolean): Promise<void> {
    if (!navigator.locks) return; // the generation check in the store still keeps two tabs apart
    await new Promise<void>((decided) => {
      navigator.locks.request("quipu-collect", steal ? { steal } : { ifAvailable: true }, (lock) => {
        this.#elsewhere = lock === null;
        decided();
        return lock ? new Promise<void>(() => undefined) : undefined;
      }).catch(() => this.#lost());
    });
  }

  #lost(): void {
    this.#elsewhere = true;
    this.changed();
  }
}

export function now(): Now {
  return { us: Date.now() * 1000, offsetMin: -new Date().getTimezoneOffset() };
}

export function entropy(bytes = 32): Uint8Array {
  return crypto.getRandomValues(new Uint8Array(bytes));
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

async function send(request: Request): Promise<{ status: number; body: Uint8Array }> {
  const reply = await fetch(request.path, {
    method: request.method,
    headers: request.headers,
    body: request.method === "GET" ? null : new Uint8Array(request.body),
    cache: "no-store",
    credentials: "omit",
    signal: AbortSignal.timeout?.(REPLY_WAIT_MS) ?? null,
  });
  return { status: reply.status, body: new Uint8Array(await reply.arrayBuffer()) };
}
