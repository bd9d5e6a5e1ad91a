// Names and status in words, from what a page says about a door.

import type { Dwelling, Household, Name } from "./engine";
import type { Overview } from "./host/views";
import { words } from "./words";

/** The value of the first identifier whose question is called so; the office's form decides which there are. */
function named(names: Name[], pattern: RegExp): string {
  return names.find((n) => pattern.test(n.path))?.value ?? "";
}

/** Kinds of dwelling whose entries are not households. */
const [COLLECTIVE, OUTDOOR] = [2, 6];
export const isPlace = ({ kind }: Dwelling): boolean => kind === COLLECTIVE || kind === OUTDOOR;

export const landmark = (dwelling: Dwelling): string => named(dwelling.names, /landmark|address|note/);

/** "Wang family", or "Household 3" while the name is not known. `index` counts within the dwelling. */
export function householdName(household: Household, dwelling: Dwelling, index = dwelling.households.indexOf(household)): string {
  const own = named(household.names, /name/);
  const listed = dwelling.names.filter((n) => /head|name/.test(n.path))[index]?.value ?? "";
  const name = own || listed;
  if (name && !isPlace(dwelling)) return words.t("household.of", { name });
  const what = dwelling.kind === OUTDOOR ? "outdoor" : dwelling.kind === COLLECTIVE ? "institution" : "numbered";
  return words.t(`household.${what}`, { number: household.household });
}

export interface Status { text: string; tone: "" | "done" | "waiting" | "needs" | "wrong" }

/** Where a household stands, for its chip. Work not sent yet comes before what the office knows. */
export function householdStatus(household: Household): Status {
  if (household.held) return { text: words.t("status.held"), tone: "needs" };
  if (household.mergedInto) return { text: words.t("status.merged"), tone: "" };
  if (household.response === "returned") return { text: words.t("status.returned"), tone: "needs" };
  const finished = ["complete", "needs_review", "approved", "refused_final", "non_contact_final"].includes(household.response);
  if (household.unsent) return { text: words.t("status.not_sent"), tone: "waiting" };
  if (household.response === "approved") return { text: words.t("status.approved"), tone: "done" };
  if (finished) return { text: words.t("status.office_has_it"), tone: "done" };
  if (household.response === "refused") return { text: words.t("status.refused"), tone: "wrong" };
  if (household.response === "call_back") return { text: words.t("status.call_back"), tone: "waiting" };
  return { text: words.t("status.to_do"), tone: "" };
}

export function isDone(household: Household): boolean {
  return household.mergedInto > 0 || !["not_started", "call_back", "returned", "refused"].includes(household.response);
}

/** What the contact rules say comes next for a household that was not met, by how often somebody went; "" when they say nothing. */
const CONTACTS = ["evening", "weekend", "letter", "other_enumerator", "proxy"] as const;
export function nextContact({ response, visits, mergedInto }: Household): string {
  if (mergedInto) return "";
  if (response === "refused") return words.t("contact.refused");
  if (response !== "call_back" || visits === 0) return "";
  return words.t(`contact.${CONTACTS[Math.min(visits, CONTACTS.length) - 1]}`);
}

/** An agreed time, in words. */
export const appointmentText = (at: string): string =>
  words.date(new Date(at), { weekday: "short", month: "short", day: "numeric", hour: "2-digit", minute: "2-digit" });

const SUPERVISOR = 2;
export const isSupervisor = (overview: Overview | undefined): boolean => overview?.enrolment?.role === SUPERVISOR;

/** Whether this person decides about others' interviews here: a supervisor does, except in an area of their own. */
export const reviews = (overview: Overview | undefined, ea: number): boolean =>
  isSupervisor(overview) && !overview?.eas.some((e) => e.ea === ea && e.lease > 0);

/** Why an interview is sent back: codes of the office's list, in words under `reason.N`. */
export const RETURN_REASONS = [1, 2, 3, 4, 5] as const;

/** The words of a return's reason; "" for none or one this app does not know. */
export const returnReason = (code: number): string => RETURN_REASONS.some((known) => known === code) ? words.t(`reason.${code}`) : "";

/** An interview a supervisor has not decided about. */
export const toReview = (household: Household): boolean =>
  !household.mergedInto && ["complete", "needs_review"].includes(household.response) && household.submission > 0;

export const KINDS = ["", "conventional", "collective", "workplace", "improvised", "mobile", "none"] as const;
export const OCCUPANCIES = ["unknown", "occupied", "vacant", "seasonal", "household_absent", "not_living_quarters", "demolished"] as const;

export const kindText = (kind: number): string => (KINDS[kind] ? words.t(`kind.${KINDS[kind]}`) : "");
export const occupancyText = (occupancy: number): string => words.t(`occupancy.${OCCUPANCIES[occupancy] ?? "unknown"}`);
