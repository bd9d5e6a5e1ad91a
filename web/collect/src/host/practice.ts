// What the friendly check at the end of practice looks for.

import type { OutlineEntry } from "../engine";
import { ofPeople } from "../people";

/** The people of the story told in practice (`practice.story`), one sign of each by which a name is known. */
const STORY = [/jianguo|建国|جيانغو/i, /\bna\b|李娜|لي نا/i, /\bmei\b|梅|مي/i];

/** Who of the story is on the list. A name is known in any of its writings. */
export function practised(outline: OutlineEntry[]): { found: number; people: number; others: number } {
  const names = (outline.find((e) => !e.path.includes("[") && ofPeople(e.path))?.value ?? "").split(", ").filter(Boolean);
  const found = STORY.filter((sign) => names.some((name) => sign.test(name))).length;
  return { found, people: STORY.length, others: names.filter((name) => !STORY.some((sign) => sign.test(name))).length };
}
