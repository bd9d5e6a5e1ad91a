// Which questionnaire is filled in where: the household form, or at collective quarters and where there is no housing one of
// their own, as far as the office has published it and its phase is open.

import type { Phone } from "../engine";

const LISTING = 1;
const HOUSEHOLD = 2;
const INSTITUTION = 3;
const OUTDOOR = 4;
/** Kinds of dwelling with a form of their own, by the code of the kind. */
const AT: Record<number, number> = { 2: INSTITUTION, 6: OUTDOOR };

export interface Chosen { form: number; version: number; phase: number }
/** What a form is about: people at home, in an institution, or without a dwelling. */
export type About = "household" | "institution" | "outdoor";

export class Forms {
  constructor(private readonly phone: () => Phone) {}

  listing(): { form: number; version: number } { return this.#newest(LISTING); }

  /** The household form; phase 0 while none is open for it. */
  household(): Chosen { return this.#open(HOUSEHOLD) ?? { ...this.#newest(HOUSEHOLD), phase: 0 }; }

  /** The form of an entry. What was begun with one form goes on with it. */
  of(ea: number, household: number): Chosen {
    const usual = this.household();
    const own = AT[this.#kind(ea, household)];
    if (own === undefined || this.#begun(ea, household, usual.form)) return usual;
    return this.#open(own) ?? usual;
  }

  about(form: number): About {
    const purpose = this.phone().forms().find((f) => f.form === form)?.purpose;
    return purpose === INSTITUTION ? "institution" : purpose === OUTDOOR ? "outdoor" : "household";
  }

  #kind(ea: number, household: number): number {
    return this.phone().page(ea)?.dwellings.find((d) => d.households.some((h) => h.household === household))?.kind ?? 0;
  }

  #begun(ea: number, household: number, form: number): boolean {
    return this.phone().draft(`household/${ea}/${household}/${form}`) !== undefined || this.phone().answers(ea, household, form) !== undefined;
  }

  #open(purpose: number): Chosen | undefined {
    const is = (form: number) => this.phone().forms().some((f) => f.form === form && f.purpose === purpose);
    const phase = this.phone().phases().find((p) => p.open && p.forms.some(is));
    return phase && { ...this.#newest(purpose, phase.forms), phase: phase.phase };
  }

  #newest(purpose: number, among?: number[]): { form: number; version: number } {
    const forms = this.phone().forms().filter((f) => f.purpose === purpose && (!among || among.includes(f.form)));
    const newest = forms.sort((a, b) => b.version - a.version)[0];
    if (!newest) throw new Error("app/no-form");
    return { form: newest.form, version: newest.version };
  }
}
