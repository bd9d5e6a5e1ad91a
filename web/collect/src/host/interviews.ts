// Interviews under way: opening, answering, saving, finishing. One is on the screen at a time.
//
// Answers go to the engine at once and to the storage at every pause of the keyboard, on every move and before closing.

import type { Answers, Interview, Screen } from "../engine";
import { doorOf } from "./door";
import { draftAnswers, draftHeader, packDraft } from "./draft";
import { Files } from "./files";
import { Forms, type About } from "./forms";
import { givenTo, referenceOf } from "./given";
import { entropy, now, type Host } from "./host";
import { doubts } from "../doubts";
import { around, dropUnnamed, nested, ofPeople, roomOf, rosterPath } from "../people";
import { practised } from "./practice";
import type { Answer, CodeList, DraftHeader, LabelMedia, FinishView, View } from "./views";

/** Reasons of a return that the engine's own checks can show: two answers that differ, a question left open. */
const DOES_NOT_FIT = new Set([2, 3]);
const PRACTICE = "practice/1";
interface Open { key: string; header: DraftHeader; interview: Interview; dirty: boolean; many: boolean; about: About; roster?: string }

/** Where so many live that a table serves better than one screen after another: institutions, and places people sleep at. */
const MANY = new Set([2, 6]);
/** On the last screen, of more people than this only what is open is shown, and of that the first. */
const PEOPLE_SHOWN = 60;
const FINDINGS_SHOWN = 40;

export class Interviews {
  #open: Open | undefined;
  #language = "en";
  /** The last time that something was stored. */
  #saving: Promise<void> = Promise.resolve();
  readonly #files: Files;
  readonly forms: Forms;
  constructor(private readonly host: Host) {
    this.#files = new Files(host);
    this.forms = new Forms(() => host.phone);
  }

  setLanguage(language: string): void { this.#language = language; }

  /** Opens the household form once while nobody waits: a browser compiles the engine piece by piece, at first use. */
  warm(): void {
    try {
      const interview = new this.host.engine.Interview(this.#definition(this.forms.household()), { reference: referenceOf(this.host.phone) });
      interview.screen(this.#language);
      interview.free();
    } catch { /* there is no form yet */ }
  }

  /** The listing of a new dwelling, or the correction of one, which opens with what was written down before. Continues a
   *  draft if there is one. `name` keeps apart what is begun in another way. */
  async list(ea: number, dwelling = 0, name = "new"): Promise<View> {
    const key = `listing/${ea}/${dwelling || name}`;
    if (this.host.phone.draft(key)) return this.resume(key);
    const before = dwelling ? this.host.phone.listing(ea, dwelling) : undefined;
    const form = this.forms.listing();
    const same = before?.form === form.form && this.host.phone.form(form.form, before.version) ? before : undefined;
    return this.#begin(key, { purpose: "listing", ea, dwelling, household: 0, ...form, ...(same ? { version: same.version } : {}), phase: 0 }, same);
  }

  /** A household's form. Continues a draft, or opens what was submitted when the office sent it back. */
  async interview(ea: number, dwelling: number, household: number): Promise<View> {
    const form = this.forms.of(ea, household);
    const key = `household/${ea}/${household}/${form.form}`;
    if (this.host.phone.draft(key)) return this.resume(key);
    const before = this.host.phone.answers(ea, household, form.form);
    const known = this.host.phone.page(ea)?.dwellings.flatMap((d) => d.households).find((h) => h.household === household);
    const returned = known?.response === "returned" ? known.reason : 0;
    const marks = returned ? (known?.marks ?? []) : [];
    const view = await this.#begin(key, { purpose: "household", ea, dwelling, household, returned, marks, ...form }, before);
    if (before && marks[0]) return this.move({ path: marks[0] });
    // What does not fit is listed on the last screen, each with the way to it.
    return before && DOES_NOT_FIT.has(returned) ? this.move({ path: "review" }) : view;
  }

  /** A made-up household to try the questions on, always from the beginning. */
  async practise(): Promise<View> {
    if (this.host.phone.draft(PRACTICE)) await this.discard(PRACTICE);
    return this.#begin(PRACTICE, { purpose: "practice", ea: 0, dwelling: 0, household: 0, ...this.forms.household() });
  }

  /** Goes on where a draft stopped. */
  async resume(key: string): Promise<View> {
    if (this.#open?.key === key) return this.view();
    await this.close();
    const bytes = this.host.phone.draft(key);
    if (!bytes) throw new Error("app/draft-gone");
    const header = draftHeader(bytes);
    const interview = new this.host.engine.Interview(this.#definition(header), givenTo(this.host.phone, header), draftAnswers(bytes));
    interview.goto(header.path);
    this.#open = { key, header, interview, dirty: false, ...this.#about(header) };
    return this.view();
  }

  view(): View {
    const { key, header, interview, many, about } = this.#current();
    const screen = interview.screen(this.#language);
    // Pairs stand in a repeat inside the roster.
    const pairs = screen.kind === "end" || screen.person?.repeat.includes("/");
    const told = pairs ? interview.family() : undefined;
    const room = roomOf(interview, screen);
    const family = told && (told.asked || (screen.kind === "end" && told.persons.some((p) => p.ties.length > 0))) ? { family: told } : {};
    if (screen.kind !== "end") return { key, header, screen, many, about, ...room, ...family };
    // Finishing tells what is open without ending anything: the interview may go on afterwards.
    const { findings, split } = interview.finish(this.#language);
    if (Math.max(screen.progress.persons, split.facts.persons ?? 0) > PEOPLE_SHOWN) {
      return { key, header, screen, many, about, findings: findings.slice(0, FINDINGS_SHOWN), more: Math.max(0, findings.length - FINDINGS_SHOWN) };
    }
    const outline = interview.outline(this.#language);
    return { key, header, screen, many, about, ...family, outline, findings, ...(header.purpose === "practice" ? { practised: practised(outline) } : {}) };
  }

  /** A look into the code list of a question; nothing when its choices are the form's own. */
  codes(path: string, text: string): Promise<CodeList | undefined> {
    const { header } = this.#current();
    return this.host.listed.search(`${header.form}/${header.version}`, this.#definition(header), path, text);
  }

  /** Picture and sound of a question's label, where the form has them and they have arrived. */
  media(path: string): Promise<LabelMedia | undefined> {
    const { header } = this.#current();
    return this.host.listed.media(`${header.form}/${header.version}`, this.#definition(header), path, this.#language);
  }

  /** The household was told about its answers; this is who gives them. */
  async begin(respondent: string): Promise<View> {
    const open = this.#current();
    open.header = { ...open.header, respondent };
    open.dirty = true;
    await this.save();
    return this.view();
  }

  /** Goes to the list of people, to add somebody who was forgotten. */
  roster(): Promise<View & { moved: boolean }> {
    return this.move({ path: this.rosterPath() });
  }

  /** The answers belong to another household: they go there as they are, files too. Only then is the old draft let go. */
  async moveTo(dwelling: number, household: number): Promise<View> {
    await this.save();
    const { key: old, header: before, interview: left } = this.#current();
    const key = `household/${before.ea}/${household}/${before.form}`;
    if (this.host.phone.draft(key)) throw new Error("app/has-draft");
    const header = { ...before, dwelling, household };
    const interview = new this.host.engine.Interview(this.#definition(header), givenTo(this.host.phone, header), left.save());
    await this.#files.copy(old, key);
    this.#open = { key, header, interview, dirty: true, ...this.#about(header) };
    left.free();
    await this.save();
    await this.discard(old);
    return this.view();
  }

  /** What was submitted for a household, to be read; nothing when it is not on this phone. */
  submitted(ea: number, household: number): Pick<View, "outline" | "findings"> | undefined {
    const form = this.forms.of(ea, household);
    const answers = this.host.phone.answers(ea, household, form.form);
    if (!answers) return undefined;
    const header = { ea, dwelling: 0, household, purpose: "household", ...form, version: answers.version || form.version } as DraftHeader;
    const interview = this.host.engine.Interview.fromAnswers(this.#definition(header), { reference: referenceOf(this.host.phone) }, answers);
    const { findings } = interview.finish(this.#language);
    const outline = interview.outline(this.#language);
    interview.free();
    return { outline, findings };
  }

  /** Takes answers as they are typed. Storing them is `save`, at the next pause. */
  answer(answers: Answer[]): View {
    const open = this.#current();
    for (const { path, value } of answers) open.interview.answer(value, path);
    open.dirty = true;
    return this.view();
  }

  /** A single choice is answer enough: takes it and steps on, unless a check doubts it that is not among `kept`. */
  choose(answer: Answer, kept: string[]): View & { moved: boolean } {
    const view = this.answer([answer]);
    return doubts(view.screen, new Set(kept)).length > 0 ? { ...view, moved: false } : this.step("next");
  }

  /** Keeps an answer that a check doubts, with the person's reason, and steps on. */
  keep(reason: string): View & { moved: boolean } {
    this.#current().interview.confirm(reason);
    return this.step("next");
  }

  /** Goes to another screen, which is shown while it is stored. Nobody goes further before `save` has said that it is. */
  step(to: "next" | "back" | { path: string }): View & { moved: boolean } {
    const open = this.#current();
    const { interview } = open;
    if (to === "next" && open.about !== "outdoor") dropUnnamed(interview, this.#language); // outdoors nobody has to give a name
    const moved = to === "next" ? interview.next() : to === "back" ? interview.back() : interview.goto(to.path);
    this.#firstPerson(open);
    open.dirty = true;
    setTimeout(() => void this.save()); // the answer to this call goes out first
    return { ...this.view(), moved };
  }

  /** Goes to another screen, and shows it when that is stored. */
  async move(to: { path: string }): Promise<View & { moved: boolean }> {
    const { interview } = this.#current();
    const { path: here } = interview.screen(this.#language);
    const view = this.step(to);
    try {
      await this.save();
    } catch (error) {
      interview.goto(here); // nothing was shown: asking for the next once more must not pass a question over
      throw error;
    }
    return view;
  }

  /** Everybody of this list is done: on to the next room where each has a list of its own, or to the end. */
  onward(): Promise<View & { moved: boolean }> {
    const { interview } = this.#current();
    const outer = around(this.rosterPath());
    if (!outer || !interview.goto(outer.path)) return this.move({ path: "review" });
    const next = interview.screen(this.#language).persons?.[outer.line];
    return this.move({ path: next?.path ?? "review" });
  }

  /** Keeps a photo, a sound or any file with the draft, encrypted. Its name is the answer to its question. */
  takeFile(path: string, bytes: Uint8Array, ending: string): Promise<string> { return this.#files.take(this.#current().key, path, bytes, ending); }

  removeFile(path: string): Promise<void> { return this.#files.remove(this.#current().key, path); }

  /** A file taken in this interview; none for one that was sent, which only the vault opens. */
  file(path: string): Uint8Array | undefined { return this.#files.read(this.#current().key, path); }

  /** Keeps what the household, or a witness for it, drew: "signature", "mark" or "witness". */
  sign(way: string, png: Uint8Array): Promise<void> { return this.#files.sign(this.#current().key, way, png); }

  /** What the household drew; "" for nothing yet. */
  signed(): string { return this.#files.signed(this.#current().key); }

  /** An empty roster opens with a line for the head of the household, named as the listing names them. */
  #firstPerson({ interview, header, about }: Open): void {
    if (about !== "household") return;
    const { kind, path, fixed, persons } = interview.screen(this.#language);
    if (kind !== "roster" || fixed || !ofPeople(path) || persons?.length !== 0) return;
    const dwelling = this.host.phone.page(header.ea)?.dwellings.find((d) => d.dwelling === header.dwelling);
    const at = dwelling?.households.findIndex((h) => h.household === header.household);
    interview.addPerson(undefined, at === 0 ? dwelling?.names.find((n) => /head/.test(n.path))?.value : undefined);
  }

  async addPerson(repeat?: string): Promise<View> {
    this.#current().interview.addPerson(repeat);
    this.#current().dirty = true;
    await this.save();
    return this.view();
  }

  async removePerson(index: number, repeat?: string): Promise<View> {
    this.#current().interview.removePerson(index, repeat);
    this.#current().dirty = true;
    await this.save();
    return this.view();
  }

  /** Stores the draft; returns when it is on disk. */
  save(): Promise<void> {
    if (this.#open?.dirty) this.#saving = this.#store(this.#open);
    this.#saving.catch(() => undefined); // whoever asked hears of it
    return this.#saving;
  }

  async #store(open: Open): Promise<void> {
    const screen = open.interview.screen(this.#language);
    open.header = {
      ...open.header,
      path: screen.path,
      person: screen.person?.label ?? "",
      personIndex: screen.person ? screen.person.index + 1 : 0,
      head: this.#head(open, screen),
    };
    const bytes = packDraft(open.header, open.interview.save());
    open.dirty = false;
    try {
      await this.host.act((phone) => phone.saveDraft(open.key, bytes, now()));
    } catch (error) {
      open.dirty = true;
      throw error;
    }
  }

  async close(): Promise<void> {
    await this.save();
    this.#open?.interview.free();
    this.#open = undefined;
  }

  /** Forgets what is on the screen; another tab has gone on from what was stored. */
  drop(): void {
    this.#open?.interview.free();
    this.#open = undefined;
  }

  async discard(key: string): Promise<void> {
    if (this.#open?.key === key) {
      this.#open.interview.free();
      this.#open = undefined;
    }
    await this.#files.discard(key);
    await this.host.act((phone) => phone.discardDraft(key));
  }

  /** Seals the form into the finished work. Only when that is stored is the draft let go. */
  async finish(source: number): Promise<FinishView> {
    await this.save();
    const { key, header, interview } = this.#current();
    const { outcome, split } = interview.finish(this.#language);
    let finished = { number: 0, dwelling: 0, households: [] as number[] };
    const { ea, form, version } = header;
    const photos = this.#files.all(key);
    const about = header.purpose === "listing" ? doorOf(interview, this.#language) : { building: 0, kind: 0, occupancy: 0 };
    await this.host.act((phone) => {
      const done = header.purpose === "listing"
        ? phone.listDwelling({
            ea, form, version, split, photos,
            ...(header.dwelling ? { dwelling: header.dwelling } : {}),
            ...about,
            households: split.facts.households ?? 0,
          }, now(), entropy())
        : phone.submit({
            ea, form, version, split, photos, outcome, source,
            household: header.household, phase: header.phase, startedUs: header.startedUs,
          }, now(), entropy());
      finished = done.finished;
      return done.step;
    });
    await this.discard(key);
    if (header.purpose === "listing") await this.host.tracks.door(ea, finished.dwelling);
    void this.host.sync();
    return { ...finished, outcome, header };
  }

  async #begin(key: string, about: Omit<DraftHeader, "startedUs" | "respondent" | "person" | "personIndex" | "head" | "path">, before?: Answers) {
    await this.close();
    const header = { ...about, startedUs: now().us, respondent: before || this.forms.about(about.form) === "outdoor" ? "member" : "", person: "", personIndex: 0, head: "", path: "" };
    const definition = this.#definition(header);
    const { Interview } = this.host.engine;
    const interview = before
      ? Interview.fromAnswers(definition, givenTo(this.host.phone, header), before)
      : new Interview(definition, givenTo(this.host.phone, header));
    this.#open = { key, header, interview, dirty: false, ...this.#about(header) };
    return this.view();
  }

  /** The list of people: the one of this room, where each room has its own. It is found in an empty form, as a full one may
   *  have thousands of screens. "" without one. */
  rosterPath(): string {
    const open = this.#current();
    const here = nested(open.interview.screen(this.#language));
    if (here) return here;
    if (open.roster !== undefined) return open.roster;
    const empty = new this.host.engine.Interview(this.#definition(open.header), givenTo(this.host.phone, open.header));
    const path = rosterPath(empty.outline(this.#language).map((e) => e.path)) ?? rosterPath(open.interview.outline(this.#language).map((e) => e.path)) ?? "";
    empty.free();
    open.roster = path;
    return path;
  }

  /** Works on the interview under way; what it changes is stored with the next `save`. */
  use<T>(work: (interview: Interview) => T, changes = true): T {
    const open = this.#current();
    open.dirty ||= changes;
    return work(open.interview);
  }

  #about({ purpose, ea, dwelling, form }: DraftHeader): { many: boolean; about: About } {
    const kind = this.host.phone.page(ea)?.dwellings.find((d) => d.dwelling === dwelling)?.kind ?? 0;
    return { many: purpose === "household" && MANY.has(kind), about: this.forms.about(form) };
  }

  #current(): Open {
    if (!this.#open) throw new Error("app/draft-gone");
    return this.#open;
  }

  #definition({ form, version }: { form: number; version: number }): Uint8Array {
    const bytes = this.host.phone.form(form, version);
    if (!bytes) throw new Error("app/no-form");
    return bytes;
  }

  /** Whose household it is: the first person, for "Wang family, person 2. Continue?". */
  #head({ header }: Open, screen: Screen): string {
    if (!ofPeople(screen.person?.repeat ?? screen.path)) return header.head;
    const first = screen.persons?.[0] ?? (screen.person?.index === 0 ? screen.person : undefined);
    return first?.label || header.head;
  }
}
