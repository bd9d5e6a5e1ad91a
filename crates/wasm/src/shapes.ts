// Words for what has no type of its own in Rust here. Every other shape is written from its Rust type.
export type Bytes = Uint8Array;
export type StoreRecord = [key: string, value: Uint8Array];
/** `ScreenKind` of crates/forms, of what can be asked. */
export type QuestionType = "text" | "integer" | "decimal" | "date" | "year_month" | "time" | "date_time" | "select_one" | "select_multiple"
  | "rank" | "geopoint" | "geotrace" | "geoshape" | "image" | "audio" | "video" | "file" | "acknowledge" | "note";
