// The engine's shapes, as crates/wasm/API.md promises them, and the one place that loads it.
// All logic is there: this app draws what the engine says, stores what it asks and carries its requests.

import start, * as engine from "@engine/quipu_engine.js";
import module_or_path from "@engine/quipu_engine_bg.wasm?url";

export interface Now { us: number; offsetMin: number }
export type StoreRecord = [key: string, value: Uint8Array];
export interface Notice { code: string; params: Record<string, string> }
export interface Request {
  id: number; method: "GET" | "POST" | "PUT"; path: string; headers: [string, string][]; body: Uint8Array;
}
export interface Step {
  generation: number; puts: StoreRecord[]; deletes: string[]; request?: Request; wanted?: string; notices: Notice[];
}
export interface Finished { number: number; operation: string; dwelling: number; households: number[] }
export interface Done { step: Step; finished: Finished }
export interface Text { language: string; text: string }

export interface Enrolment {
  device: number; staff: number; staffName: string; role: number; supervisorName: string; supervisorPhone: string;
  census: { names: Text[]; referenceDate: string; timeZone: string; languages: string[]; test: boolean };
}
export interface Ea {
  ea: number; code: string; names: Text[]; lease: number;
  dwellings: number; households: number; done: number; toDo: number; toReview: number; unsent: number;
}
export interface Name { path: string; value: string }
export interface Household {
  household: number; splitFrom: number; mergedInto: number; response: string; outcome: string; source: string; visits: number;
  lastVisit: number; lastVisitUs: number; unsent: boolean; held: string; names: Name[];
  reason: number; marks: string[]; submission: number; number: number;
}
export interface Dwelling {
  dwelling: number; building: number; kind: number; occupancy: number; interviewDue: boolean; visits: number; unsent: boolean;
  held: string; point: string; names: Name[]; households: Household[];
}
export interface Page { ea: number; lease: number; nextBuilding: number; dwellings: Dwelling[] }
export interface Todo {
  eas: { ea: number; listed: number; toInterview: number; toCallBack: number; returned: number; done: number }[];
  unsent: number;
}
export interface Receipt {
  number: number; operation: string; verdict: string; held: string; frameUs: number; offset: number;
  bytes: Uint8Array; kind: string; ea: number; dwelling: number; household: number; madeUs: number;
}
export interface FormInfo { form: number; version: number; name: string; purpose: number }
export interface Phase { phase: number; names: Text[]; forms: number[]; open: boolean }
export interface Answers { form: number; version: number; answers: Uint8Array; identifiers?: Uint8Array; submission: number }
export interface Split { answers: Uint8Array; identifiers: Uint8Array; facts: Record<string, number> }
export interface Photo { name: string; bytes: Uint8Array }

export interface ListDwelling {
  ea: number; dwelling?: number; building: number; kind: number; occupancy: number; households: number;
  form: number; version: number; split: Split; photos?: Photo[];
}
export interface Submit {
  ea: number; household: number; form: number; version: number; phase: number; source: number; startedUs: number;
  outcome: number; split: Split; photos?: Photo[];
}
export interface ListHousehold {
  ea: number; dwelling: number; splitFrom?: number; split?: Split; form?: number; version?: number;
}
export interface RecordVisit { ea: number; dwelling: number; household?: number; outcome: number; atUs?: number }

export interface Review { ea: number; household: number; form: number; phase: number; reason: number; submission: number; marks?: string[] }
export interface MergeHousehold { ea: number; household: number; into: number }
export interface ConfirmNonresponse { ea: number; household: number; response: number }

export interface Phone {
  created(): Step;
  unlock(secretWorking: Uint8Array): void;
  readonly locked: boolean;
  enrol(code: string): Step;
  sync(now: Now, entropy: Uint8Array): Step;
  response(requestId: number, status: number, body: Uint8Array, now: Now, entropy: Uint8Array): Step;
  failed(requestId: number, now: Now): Step;
  upload(wanted: string, blob: Uint8Array, now: Now, entropy: Uint8Array): Step;
  photos(): number;
  nextSyncUs(): number;
  listDwelling(input: ListDwelling, now: Now, entropy: Uint8Array): Done;
  listHousehold(input: ListHousehold, now: Now, entropy: Uint8Array): Done;
  recordVisit(input: RecordVisit, now: Now, entropy: Uint8Array): Done;
  submit(input: Submit, now: Now, entropy: Uint8Array): Done;
  returnSubmission(input: Review, now: Now, entropy: Uint8Array): Done;
  approve(input: Review, now: Now, entropy: Uint8Array): Done;
  mergeHousehold(input: MergeHousehold, now: Now, entropy: Uint8Array): Done;
  confirmNonresponse(input: ConfirmNonresponse, now: Now, entropy: Uint8Array): Done;
  saveDraft(key: string, bytes: Uint8Array, now: Now): Step;
  draft(key: string): Uint8Array | undefined;
  drafts(): { key: string; savedUs: number; bytes: number }[];
  discardDraft(key: string): Step;
  enrolment(): Enrolment | undefined;
  eas(): Ea[];
  page(ea: number): Page | undefined;
  todo(): Todo;
  outbox(): { count: number; oldestUs: number; numbers: number[] };
  receipt(number: number): Receipt | undefined;
  receipts(): Receipt[];
  forms(): FormInfo[];
  form(form: number, version: number): Uint8Array | undefined;
  phases(): Phase[];
  listing(ea: number, dwelling: number): Answers | undefined;
  answers(ea: number, household: number, form: number): Answers | undefined;
  free(): void;
}

export type Value = null | string | string[];
export interface Finding { path: string; level: "error" | "warning"; rule: string; text: string; label: string; person: string }
export interface Question {
  path: string; name: string;
  type: "text" | "integer" | "decimal" | "date" | "year_month" | "time" | "date_time" | "select_one" | "select_multiple" | "rank"
    | "geopoint" | "geotrace" | "geoshape" | "image" | "audio" | "video" | "file" | "acknowledge" | "note";
  typeName: string;
  label: string; hint: string; guidance: string; appearance: string; required: boolean; readOnly: boolean; identifier: boolean;
  parameters: [name: string, value: string][];
  choices: { name: string; label: string }[];
  value: Value;
  findings: Finding[];
}
export interface Person { repeat: string; index: number; count: number; label: string }
export interface RosterEntry { index: number; label: string; path: string; complete: boolean }
/** On the roster screen `questions` are the naming questions of the persons, in their order. */
export interface Screen {
  kind: "question" | "roster" | "end";
  path: string; title: string; label: string; fixed: boolean; person?: Person; persons?: RosterEntry[]; questions: Question[];
  progress: { done: number; persons: number }; first: boolean; last: boolean;
}
export interface OutlineEntry {
  path: string; label: string; depth: number; value: string; state: "todo" | "done" | "warning" | "error";
}
/** Who is what to whom on the roster; positions from 1. */
export interface Family {
  asked: boolean;
  persons: { name: string; ties: { to: number; relationship: string; generation: string }[] }[];
}
export interface FinishedForm { outcome: number; findings: Finding[]; split: Split }

export interface Interview {
  screen(language: string): Screen;
  answer(value: Value, path?: string): void;
  /** Says why a warning about the question on the screen is right all the same. */
  confirm(reason: string): void;
  next(): boolean;
  back(): boolean;
  goto(path: string): boolean;
  /** An answer without going there: "" for none, nothing where it is not asked. */
  value(path: string): string | undefined;
  addPerson(repeat?: string, name?: string): number;
  removePerson(index: number, repeat?: string): void;
  outline(language: string): OutlineEntry[];
  family(): Family;
  save(): Uint8Array;
  finish(language: string): FinishedForm;
  free(): void;
}

/** What the module offers besides its objects. */
export interface Engine {
  Phone: {
    create(entropy: Uint8Array, now: Now): Phone;
    open(records: StoreRecord[]): Phone;
    generation(state: Uint8Array | undefined): number;
  };
  Interview: {
    new (form: Uint8Array, inputs: Record<string, string>, draft?: Uint8Array): Interview;
    fromAnswers(form: Uint8Array, inputs: Record<string, string>, answers: Answers): Interview;
  };
  lunarToDay(year: number, month: number, leap: boolean, day: number): string | undefined;
  dayToLunar(day: string): Int32Array;
  leapMonth(year: number): number;
}

let loading: Promise<Engine> | undefined;

/** Loads the engine once. Offline it comes from the service worker's cache. */
export function loadEngine(): Promise<Engine> {
  loading ??= start({ module_or_path }).then(() => engine as unknown as Engine);
  return loading;
}
