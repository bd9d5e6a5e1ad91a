// The console's words. Chinese and English are complete; a further language is one more file here.

import { Words } from "@ui/i18n.svelte";
import en from "./i18n/en.json";
import zh from "./i18n/zh.json";

export const words = new Words({ zh, en }, "en");
export const t = words.t.bind(words);

const STORED = "quipu.console.language";

/** A text in the reader's language out of several, or the first there is. */
export function named(names: Record<string, string> | undefined): string {
  if (!names) return "";
  const tag = Object.keys(names).find((tag) => tag.split("-")[0] === words.language);
  return (tag && names[tag]) ?? names.en ?? Object.values(names)[0] ?? "";
}

export function startLanguage(): void {
  const stored = remembered(STORED);
  speak(words.best(stored ? [stored] : navigator.languages));
}

export function setLanguage(language: string): void {
  speak(language);
  remember(STORED, language);
}

function speak(language: string): void {
  words.language = language;
  document.documentElement.lang = language === "zh" ? "zh-Hans" : language;
  document.documentElement.dir = words.direction;
}

/** What this browser remembers; storage may be refused. */
export function remembered(key: string): string | null {
  try { return localStorage.getItem(key); } catch { return null; }
}

export function remember(key: string, value: string): void {
  try { localStorage.setItem(key, value); } catch { /* asked again next time */ }
}

export const number = (value: number): string => words.number(value);

/** A number, or a dash where there is none. */
export const numberIfAny = (value: number | null | undefined): string => value == null ? "–" : number(value);

/** A text that begins a column or a sentence. */
export const capital = (text: string): string => text.slice(0, 1).toLocaleUpperCase(words.language) + text.slice(1);

/** Codes in the order people count: 9 before 10. */
export const byCode = (a: { code: string }, b: { code: string }): number => a.code.localeCompare(b.code, "en", { numeric: true });

/** A share of a whole. Less than all is never shown as 100 %, more than nothing never as 0 %. */
export function percent(part: number, whole: number): string {
  if (whole === 0) return "–";
  const share = part / whole;
  const shown = part > 0 && part < whole ? Math.min(0.999, Math.max(0.001, share)) : share;
  const digits = shown > 0 && shown < 1 && (shown < 0.01 || shown > 0.99) ? 1 : 0;
  return new Intl.NumberFormat(words.language, { style: "percent", maximumFractionDigits: digits }).format(shown);
}

/** How long ago, in the largest unit that fits. */
export function ago(then_ms: number, now_ms: number): string {
  const seconds = Math.max(0, Math.round((now_ms - then_ms) / 1000));
  const format = new Intl.RelativeTimeFormat(words.language, { numeric: "auto" });
  if (seconds < 60) return format.format(-seconds, "second");
  if (seconds < 3600) return format.format(-Math.floor(seconds / 60), "minute");
  if (seconds < 86_400) return format.format(-Math.floor(seconds / 3600), "hour");
  return format.format(-Math.floor(seconds / 86_400), "day");
}

/** A calendar date (`YYYY-MM-DD`), kept on one line. */
export function day(date: string): string {
  const at = Date.parse(`${date}T00:00:00Z`);
  if (Number.isNaN(at)) return date;
  return new Intl.DateTimeFormat(words.language, { dateStyle: "medium", timeZone: "UTC" }).format(at).replaceAll(" ", "\u00a0");
}

/** A time of day with seconds. */
export function clock(at_ms: number): string {
  return new Intl.DateTimeFormat(words.language, { hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23" }).format(at_ms);
}
