// What the listing form's answers say of a door, and where the next door probably is.

import type { Dwelling, Interview, Page } from "../engine";

// Codes of crates/event/src/operation.rs and crates/types/src/verdict.rs, by the names the listing form gives them.
const KINDS = ["", "conventional", "collective", "workplace", "improvised", "mobile", "none"];
const OCCUPANCIES = ["unknown", "occupied", "vacant", "seasonal", "household_absent", "not_living_quarters", "demolished"];
const OCCUPIED = 1;

/** The few facts of a door that every part of Quipu knows by number, read from the listing form's answers. */
export function doorOf(interview: Interview, language: string): { building: number; kind: number; occupancy: number } {
  const value = (name: string): string => {
    const entry = interview.outline(language).find((e) => e.path.split("/").pop() === name);
    if (!entry || !interview.goto(entry.path)) return "";
    const answer = interview.screen(language).questions.find((q) => q.name === name)?.value;
    return typeof answer === "string" ? answer : "";
  };
  return {
    building: Number(value("building_no")) || 0,
    kind: Math.max(1, KINDS.indexOf(value("kind"))),
    // Where there is no housing at all nobody asks whether somebody lives in it: somebody lives there.
    occupancy: value("kind") === "none" ? OCCUPIED : Math.max(0, OCCUPANCIES.indexOf(value("occupancy"))),
  };
}

/** People walk door by door: the building last listed, and its next number. Both are asked all the same. */
export function nextDoor(page: Page | undefined): Record<string, string> {
  const last = page?.dwellings.reduce<Dwelling | undefined>((a, b) => (!a || b.dwelling > a.dwelling ? b : a), undefined);
  const building = last?.building || page?.nextBuilding || 1;
  const there = page?.dwellings.filter((d) => d.building === building).length ?? 0;
  return { building_no: String(building), dwelling_no: String(there + 1) };
}
