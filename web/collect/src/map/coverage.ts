// How far a door is: what the map's colours and signs mean, and what its legend counts.

import type { Dwelling } from "../engine";
import { isDone, OCCUPANCIES } from "../names";

export const COVERAGE = ["open", "returned", "waiting", "done", "empty", "gone"] as const;
/** open: nobody was there yet; returned: the office sent something back; waiting: somebody was there, more is to do; done;
 *  empty: no interview is due; gone: it stands no longer. */
export type Coverage = (typeof COVERAGE)[number];
/** A sign beside the colour, so that nothing hangs on colour alone. */
export const SIGNS: Record<Coverage, string> = { open: "", returned: "!", waiting: "…", done: "✓", empty: "–", gone: "×" };

export function coverage({ households: all, occupancy, visits }: Dwelling, begun: Set<number> = new Set()): Coverage {
  const households = all.filter((h) => !h.mergedInto);
  const found = OCCUPANCIES[occupancy];
  if (found === "demolished") return "gone";
  if (households.some((h) => h.response === "returned")) return "returned";
  if (households.length === 0 || found === "vacant" || found === "not_living_quarters") return found === "unknown" ? "open" : "empty";
  if (households.every((h) => isDone(h))) return "done";
  if (visits > 0 || households.some((h) => isDone(h) || h.visits > 0 || begun.has(h.household))) return "waiting";
  return found === "household_absent" ? "empty" : "open";
}
