// The shapes of API.md.
export interface Now { us: number; offsetMin: number }          // Date.now() * 1000, -new Date().getTimezoneOffset()
export type StoreRecord = [key: string, value: Uint8Array];
export interface Step {
  generation: number;             // 0: nothing to store. Otherwise see "Storing a step"
  puts: StoreRecord[];
  deletes: string[];
  request?: Request;              // send only after puts and deletes are stored
  wanted?: string;                // without a request: read this record and give it to upload()
  notices: Notice[];              // tell the person; code + params, words are the app's
}
export interface Request { id: number; method: "GET" | "POST" | "PUT"; path: string; headers: [string, string][]; body: Uint8Array }
export interface Notice { code: string; params: { [name: string]: string } }
export interface Finished { number: number; operation: string; dwelling: number; households: number[] }
export interface Done { step: Step; finished: Finished }
export interface ListDwelling {
  ea: number; dwelling?: number /* correct this one */; building: number; kind: number; occupancy: number;
  households: number /* how many live here */; form: number; version: number; split: Split; photos?: Photo[];
}
export interface ListHousehold {
  ea: number; dwelling: number; splitFrom?: number; split?: Split; form?: number; version?: number;
}
export interface RecordVisit { ea: number; dwelling: number; household?: number; outcome: number; atUs?: number }
export interface Submit {
  ea: number; household: number; form: number; version: number; phase: number; source: number; startedUs: number;
  outcome: number; split: Split; photos?: Photo[];
}
export interface MergeHousehold { ea: number; household: number; into: number /* 0: one of its own after all */ }
export interface ConfirmNonresponse { ea: number; household: number; response: number /* 7 refused, 8 no contact: final */ }
export interface Review { ea: number; household: number; form: number; phase: number; reason: number; submission: number /* journal offset */; marks?: string[] /* paths of questions */ }
export interface Photo { name: string; bytes: Uint8Array }
export interface Enrolment {
  device: number; staff: number; staffName: string; role: number; supervisorName: string; supervisorPhone: string /* "" unknown */;
  census: { names: Text[]; referenceDate: string; timeZone: string; languages: string[]; test: boolean };
}
export interface Text { language: string; text: string }
export interface Ea {
  ea: number; code: string; names: Text[] /* of the area and, joined, of what is above it */; lease: number;
  dwellings: number; households: number; done: number; toDo: number; toReview: number; unsent: number;
}
export interface Page { ea: number; lease: number; nextBuilding: number; dwellings: Dwelling[] }
export interface Dwelling {
  dwelling: number; building: number; kind: number; occupancy: number; interviewDue: boolean; visits: number; unsent: boolean;
  held: string /* "" or why the office holds it, "number_taken" … */; point: string /* as ODK writes it, "" none */;
  names: Name[]; households: Household[];
}
export interface Household {
  household: number; splitFrom: number; mergedInto: number; response: string /* "not_started" … */; outcome: string /* "clean" … */; source: string; visits: number;
  lastVisit: number /* outcome, 0 none */; lastVisitUs: number; unsent: boolean; held: string; names: Name[];
  reason: number /* of a return */; marks: string[] /* paths of the questions it is about */; submission: number /* journal offset, 0 unknown */; number: number /* of the last own operation, for receipt() */
}
export interface Name { path: string; value: string }                  // identifiers opened with the working key; [] while locked
export interface Todo { eas: { ea: number; listed: number; toInterview: number; toCallBack: number; returned: number; done: number }[]; unsent: number }
export interface Receipt {
  number: number; operation: string; verdict: string; held: string; frameUs: number; offset: number;
  bytes: Uint8Array; kind: string /* "submit" … */; ea: number; dwelling: number; household: number; madeUs: number;
}
export interface Answers { form: number; version: number; answers: Uint8Array; identifiers?: Uint8Array; submission: number }
export interface Screen {
  kind: "question" | "roster" | "end";            // roster: the list of persons, add or remove
  path: string;                                   // of the screen; goto() takes it
  title: string;                                  // of the group it is in
  label: string;                                  // of the repeat, on a roster
  fixed: boolean;                                 // a roster whose length follows from an answer: nobody to add or remove
  person?: { repeat: string; index: number; count: number; label: string };   // inside an instance
  persons?: { index: number; label: string; path: string; complete: boolean }[];  // roster only
  questions: Question[];                          // one; on a roster, the question that names each person
  progress: { done: number; persons: number };    // "2 of 5 people done"
  first: boolean; last: boolean;
}
export interface Question {
  path: string; name: string;
  type: "text" | "integer" | "decimal" | "date" | "year_month" | "time" | "date_time" | "select_one" | "select_multiple" | "rank"
    | "geopoint" | "geotrace" | "geoshape" | "image" | "audio" | "video" | "file" | "acknowledge" | "note";
  typeName: string;                               // where the form's type says more: "barcode", "range"
  label: string; hint: string; guidance: string; appearance: string; required: boolean; readOnly: boolean; identifier: boolean;
  parameters: [name: string, value: string][];    // start, end and step of a range …
  choices: { name: string; label: string }[];
  value: Value;
  findings: Finding[];                            // about the answer as it stands
}
export type Value = null | string | string[];            // as in the form: numbers and dates as text, "2020-11-01"; choice names
export interface Finding {
  path: string /* of the screen it is mended on */; level: "error" | "warning"; text: string /* "" for the app's words */;
  rule: string /* required, constraint, soft, choice, count, not_relevant; type: no answer of this type, e.g. half a date */;
  label: string; person: string;
}
export interface OutlineEntry { path: string; label: string; depth: number; value: string; state: "todo" | "done" | "warning" | "error" }
export interface Family {
  asked: boolean;                                 // whether the screen asks about two of them
  persons: { name: string; ties: { to: number /* position, from 1 */; relationship: string /* "child" … */; generation: string /* steps above, "" unknown */ }[] }[];
}
export interface FinishedForm { outcome: number /* 0 clean, 1 warned, 2 needs review */; findings: Finding[]; split: Split }
export interface Split { answers: Uint8Array; identifiers: Uint8Array; facts: { [name: string]: number } }
