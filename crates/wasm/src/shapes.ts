// What is put together by hand, or comes from another crate. Every other shape is written from its Rust type.
export type Bytes = Uint8Array;
export type StoreRecord = [key: string, value: Uint8Array];
export interface Step {
  generation: number;             // 0: nothing to store. Otherwise see "Storing a step" in API.md
  puts: StoreRecord[];
  deletes: string[];
  request?: Request;              // send only after puts and deletes are stored
  wanted?: string;                // without a request: read this record and give it to upload()
  notices: Notice[];              // tell the person; code + params, words are the app's
}
export interface Request { id: number; method: "GET" | "POST" | "PUT"; path: string; headers: [string, string][]; body: Uint8Array }
export interface Notice { code: string; params: Record<string, string> }
export interface Done { step: Step; finished: Finished }
export type Value = null | string | string[];            // as in the form: numbers and dates as text, "2020-11-01"; choice names
export type QuestionType = "text" | "integer" | "decimal" | "date" | "year_month" | "time" | "date_time" | "select_one" | "select_multiple"
  | "rank" | "geopoint" | "geotrace" | "geoshape" | "image" | "audio" | "video" | "file" | "acknowledge" | "note";
export interface Family {
  asked: boolean;                                 // whether the screen asks about two of them
  persons: { name: string; ties: { to: number /* position, from 1 */; relationship: string /* "child" … */; generation: string /* steps above, "" unknown */ }[] }[];
}
