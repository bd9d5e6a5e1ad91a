// Where an interview stands, as its heading says: whose household, which of its people, of how many.

import type { View } from "./host/views";
import { ofPeople } from "./people";
import { words } from "./words";

/** The heading of a screen; `beginning` while the household is told about its answers. */
export function headingOf(view: View | undefined, beginning: boolean): string {
  const t = words.t.bind(words);
  const home = view?.header.head ? t("household.of", { name: view.header.head }) : t(view?.header.purpose === "listing" ? "interview.listing" : "interview.title");
  if (!view || beginning) return home;
  const { screen } = view;
  if (!screen.person) return screen.kind === "roster" && ofPeople(screen.path) ? t("interview.names") : screen.title || home;
  const { repeat, index, count, label } = screen.person;
  if (view.family?.asked) return t("interview.pair", { number: index + 1, count });
  if (!ofPeople(repeat)) return t("interview.item", { title: screen.title, number: index + 1, count, name: label });
  return label ? t("interview.person", { number: index + 1, count, name: label }) : t("interview.person_unnamed", { number: index + 1, count });
}
