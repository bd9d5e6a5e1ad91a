// Doors that would cover each other on the screen are one mark; further in they come apart.

import { coverage, type Coverage } from "./coverage";
import type { Place } from "./layout";

export interface Mark { x: number; y: number; places: Place[]; label: string; building: number; coverage: Coverage; sure: boolean }

/** What a mark of several shows: what needs somebody first. */
const FIRST: Coverage[] = ["returned", "open", "waiting", "done", "empty", "gone"];
const TOUCHING_PX = 42;

export function marks(places: Place[], pxPerM: number, begun: Set<number>): Mark[] {
  const groups: Place[][] = [];
  for (const place of places) {
    const near = groups.find(([first]) => Math.hypot(first!.x - place.x, first!.y - place.y) * pxPerM < TOUCHING_PX);
    if (near) near.push(place);
    else groups.push([place]);
  }
  return groups.map((group) => {
    const doors = group.map(({ dwelling }) => dwelling.dwelling);
    const states = group.map(({ dwelling }) => coverage(dwelling, begun));
    const [first, last] = [doors[0]!, doors[doors.length - 1]!];
    const building = group[0]!.dwelling.building;
    return {
      x: group[0]!.x, y: group[0]!.y, places: group, sure: group.every(({ sure }) => sure),
      // One after the other "1–4", with others between them "1…9".
      label: doors.length === 1 ? String(first) : `${first}${last - first === doors.length - 1 ? "–" : "…"}${last}`,
      building: group.every(({ dwelling }) => dwelling.building === building) ? building : 0,
      coverage: FIRST.find((state) => states.includes(state)) ?? "open",
    };
  });
}
