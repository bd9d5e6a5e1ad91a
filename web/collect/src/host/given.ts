// What an interview knows before anybody is asked: the reference day, and which area, building, door and household it is at.

import type { Phone } from "../engine";
import { nextDoor } from "./door";
import type { DraftHeader } from "./views";

/** The day that the census is about; "" before it is known. */
export const referenceOf = (phone: Phone): string => phone.enrolment()?.census.referenceDate ?? "";

/** Answers of hidden questions, by name. */
export function givenTo(phone: Phone, header: DraftHeader): Record<string, string> {
  const reference = referenceOf(phone);
  const ea = phone.eas().find((e) => e.ea === header.ea);
  const page = phone.page(header.ea);
  const dwelling = page?.dwellings.find((d) => d.dwelling === header.dwelling);
  if (header.purpose === "listing" && !dwelling) return { reference, area_code: ea?.code ?? "", ...nextDoor(page) };
  return {
    reference,
    area_code: ea?.code ?? String(header.ea),
    building_no: String(dwelling?.building ?? ""),
    dwelling_no: header.dwelling ? String(header.dwelling) : "",
    household_no: header.household ? String(header.household) : "",
  };
}
