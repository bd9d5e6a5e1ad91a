// Which repeat of a form lists the people of the household. Forms name it; any other repeat (cows, trips) lists things. In an
// institution each room has a list of its own, inside the list of rooms.

import type { Household, Interview, Screen } from "./engine";

const PEOPLE = /person|people|member|resident|roster/i;

export const ofPeople = (repeat: string): boolean => PEOPLE.test(repeat.replace(/\[\d+\]/g, "").split("/").pop() ?? "");

/** The roster of people among the screens of an interview, to go back to; the list of rooms where each room has its own. */
export const rosterPath = (paths: string[]): string | undefined =>
  paths.find((path) => !path.includes("[") && ofPeople(path)) ?? paths.find((path) => /^[^[]*\[\d+\]\/[^[]*$/.test(path) && ofPeople(path))?.replace(/\[.*$/, "");

/** The list of people a screen belongs to, where it lies inside another list; "" elsewhere. */
export function nested({ kind, path, person }: Screen): string {
  const list = kind === "roster" ? path : (person?.repeat ?? "");
  return list.includes("[") && ofPeople(list) ? list : "";
}

/** The list around a nested one, and which of its lines that is, from 1. */
export function around(list: string): { path: string; line: number } | undefined {
  const [, path, line] = /^(.*)\[(\d+)\]\/[^/]*$/.exec(list) ?? [];
  return path === undefined ? undefined : { path, line: Number(line) };
}

/** The name of the room a screen is about. */
export function roomOf(interview: Interview, screen: Screen): { room?: string } {
  const outer = around(nested(screen));
  const room = outer && interview.value(`${outer.path}[${outer.line}]/${outer.path}_name`);
  return room ? { room } : {};
}

/** Whether somebody gave answers for it that are finished. */
export const isAnswered = ({ response }: Household): boolean => ["complete", "needs_review", "returned", "approved"].includes(response);

/** Occupancies, as the listing form names them, in which a household belongs to the dwelling. */
export const OCCUPANCIES_LIVED_IN = new Set(["occupied", "household_absent"]);

/** Lines of the list on the screen that were left empty are nobody. */
export function dropUnnamed(interview: Interview, language: string): void {
  const { kind, fixed, questions, persons } = interview.screen(language);
  if (kind !== "roster" || fixed || questions.length === 0) return;
  for (const person of [...(persons ?? [])].reverse()) if (!person.label.trim()) interview.removePerson(person.index);
}
