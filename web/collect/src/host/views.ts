// What the screens see. Plain data: it crosses from the worker by copying.

import type { About } from "./forms";
import type { Ea, Enrolment, Family, Finding, Notice, OutlineEntry, Screen, Todo, Value } from "../engine";

/** new: no code yet; pin: enrolled, PIN to choose; locked: PIN to enter; open: at work. */
export type Stage = "new" | "pin" | "locked" | "open";

export interface SyncState { running: boolean; lastTriedMs: number; lastDoneMs: number; failed: string; notices?: Notice[] }

/** What a draft says about itself without being opened in the engine. */
export interface DraftHeader {
  /** practice: a made-up household; nothing of it is ever finished. */
  purpose: "listing" | "household" | "practice";
  ea: number;
  dwelling: number;
  household: number;
  form: number;
  version: number;
  phase: number;
  startedUs: number;
  /** Who answers: member, phone, proxy; "" before the household was told about its answers. */
  respondent: string;
  /** Why the office sent it back, a code of its list; 0 or absent when it did not. */
  returned?: number;
  /** The questions it was sent back for, by path. */
  marks?: string[];
  /** Where the interview stands, for the line on Today. */
  person: string;
  personIndex: number;
  head: string;
  path: string;
}

export interface DraftEntry extends DraftHeader { key: string; savedMs: number }

/** Somebody who works with this phone; `index` says which store is theirs. */
export interface Person { index: number; name: string; unsent: number; current: boolean }

export interface Overview {
  stage: Stage;
  /** Everybody who has entered a code on this phone. */
  people: Person[];
  elsewhere: boolean;
  persisted: boolean;
  sync: SyncState;
  enrolment?: Enrolment | undefined;
  eas: Ea[];
  todo: Todo;
  unsent: number;
  /** Finished work that is neither at the office nor in a copy outside the browser. */
  uncopied: number;
  /** Whether a file outside the browser is kept current; asks: once the person allows it again. */
  copyFile: "none" | "current" | "asks";
  /** Copies of others that go to the office with the next sync. */
  carried: number;
  /** Photos of finished work that the office does not have. */
  photos: number;
  sent: number;
  drafts: DraftEntry[];
}

/** An interview on the screen. */
export interface View {
  key: string;
  header: DraftHeader;
  screen: Screen;
  /** Where two people are asked about, and on the last screen: who is what to whom. */
  family?: Family;
  /** So many live here that their names go into a table. */
  many: boolean;
  about: About;
  /** Whose list this is, where each room has a list of its own. */
  room?: string;
  /** On the last screen only: what was answered, for a look back. */
  outline?: OutlineEntry[];
  /** On the last screen only: what does not fit yet. */
  findings?: Finding[];
  /** How many more there are than are listed. */
  more?: number;
  /** On the last screen of practice only: how many of the made-up people are on the list, of how many. */
  practised?: { found: number; people: number; others: number };
}

/** What a look into a code list that stays outside the form gives. */
export interface CodeList {
  /** Whether the list has arrived on this phone. */
  here: boolean;
  /** Whether the text is a code of it. */
  known: boolean;
  found: { name: string; label: string }[];
}

/** A question's own picture and sound, and pictures of its choices by name. */
export interface LabelMedia { image?: Uint8Array; audio?: Uint8Array; choices: Record<string, Uint8Array> }

export interface Answer { path: string; value: Value }

/** What finishing gave. */
export interface FinishView { number: number; dwelling: number; households: number[]; outcome: number; header: DraftHeader }
