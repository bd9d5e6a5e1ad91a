// Whom to visit next: agreed times that have come, what the office sent back, agreed times later today, then call-backs,
// then the doors nobody has asked at; of those equally due the nearest first, else in the order they were listed.

import type { Dwelling, Household, Phone } from "../engine";
import { metresBetween, pointOf, type Point } from "../map/geometry";

export type Why = "appointment" | "returned" | "call_back" | "interview";
export interface NextVisit { ea: number; dwelling: Dwelling; household: Household; why: Why; at: string;
  /** From where the phone is; unknown without a point or a position. */
  distanceM: number | undefined;
}

/** An agreed time counts as come this long before. */
const AHEAD_MS = 60 * 60_000;

export function nextVisits(phone: Phone, appointments: Record<string, string>, nowMs: number, most: number, here?: Point): NextVisit[] {
  const distance = ({ point }: Dwelling): number | undefined => {
    const there = here && pointOf(point);
    return there && metresBetween(here, there);
  };
  const all = phone.eas().filter((ea) => ea.lease > 0).flatMap(({ ea }) =>
    (phone.page(ea)?.dwellings ?? []).flatMap((dwelling) => dwelling.households.flatMap((household) => {
      const at = appointments[`${ea}/${household.household}`] ?? "";
      const why = whyGo(dwelling, household, at);
      return why ? [{ ea, dwelling, household, why, at, distanceM: distance(dwelling) }] : [];
    })));
  return all.sort((a, b) => rank(a, nowMs) - rank(b, nowMs) || a.at.localeCompare(b.at)
    || (a.distanceM ?? Infinity) - (b.distanceM ?? Infinity) || a.household.visits - b.household.visits || a.ea - b.ea || a.dwelling.dwelling - b.dwelling.dwelling).slice(0, most);
}

function whyGo(dwelling: Dwelling, { response, mergedInto }: Household, at: string): Why | undefined {
  if (mergedInto) return undefined;
  if (response === "returned") return "returned";
  if (response === "call_back") return at ? "appointment" : "call_back";
  if (response === "not_started" && dwelling.interviewDue) return at ? "appointment" : "interview";
  return undefined;
}

function rank({ why, at }: NextVisit, nowMs: number): number {
  if (why === "returned") return 1;
  if (why === "call_back") return 3;
  if (why === "interview") return 4;
  const until = new Date(at).getTime() - nowMs;
  return until <= AHEAD_MS ? 0 : until < 24 * 60 * 60_000 ? 2 : 5;
}
