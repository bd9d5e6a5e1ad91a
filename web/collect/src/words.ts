// The app's words. A further language is one more file here with the same texts; `language.name` is what it calls itself.

import { Words } from "@ui/i18n.svelte";
import ar from "./i18n/ar.json";
import en from "./i18n/en.json";
import zh from "./i18n/zh.json";

export const words = new Words({ zh, en, ar }, "en");

/** A text in the person's language out of several, or the first there is. */
export function inLanguage(texts: { language: string; text: string }[] | undefined): string {
  const found = texts?.find((t) => t.language.split("-")[0] === words.language) ?? texts?.[0];
  return found?.text ?? "";
}

const STORED = "quipu.language";

export function startLanguage(): void {
  let stored: string | null = null;
  try { stored = localStorage.getItem(STORED); } catch { /* storage refused: the phone's own language will do */ }
  speak(words.best(stored ? [stored] : navigator.languages));
}

// Another window of the app may change it as well.
window.addEventListener("storage", (event) => { if (event.key === STORED && event.newValue) speak(words.best([event.newValue])); });

function speak(language: string): void {
  words.language = language;
  document.documentElement.lang = language === "zh" ? "zh-Hans" : language;
  document.documentElement.dir = words.direction;
}

/** A language the person chose; it stays when the phone's own changes. */
export function setLanguage(language: string): void {
  speak(language);
  try { localStorage.setItem(STORED, language); } catch { /* asked again next time */ }
}

/** An area's name with what it lies in: the nearest two as the name, the rest as where that is. */
export function areaName(area: { code: string; names: { language: string; text: string }[] } | undefined): { name: string; within: string } {
  const parts = inLanguage(area?.names).split(" · ").filter(Boolean);
  return { name: parts.slice(-2).join(" · ") || (area?.code ?? ""), within: parts.slice(0, -2).join(" · ") };
}
