// Days as a person tells them: a year, an age, an animal's year. Each gives a span of days to choose month and day from.
// Days are text, `YYYY-MM-DD`, and compare as text. The lunar calendar itself is the engine's.

export interface Span { from: string; to: string }
export interface Month { year: number; month: number }

const two = (n: number): string => String(n).padStart(2, "0");
export const dayText = (year: number, month: number, day: number): string => `${String(year).padStart(4, "0")}-${two(month)}-${two(day)}`;

/** The day so many days later. */
export function daysLater(day: string, days: number): string {
  return new Date(Date.parse(`${day}T00:00:00Z`) + days * 86_400_000).toISOString().slice(0, 10);
}

export const lengthOf = (year: number, month: number): number => new Date(Date.UTC(year, month, 0)).getUTCDate();

export const yearSpan = (year: number): Span => ({ from: dayText(year, 1, 1), to: dayText(year, 12, 31) });

/** The days of `2008`, `2008-05` or `2008-05-12`. */
export function spanOf(text: string): Span {
  const [year, month, day] = parts(text);
  if (!month) return yearSpan(year);
  return day ? { from: text, to: text } : { from: dayText(year, month, 1), to: dayText(year, month, lengthOf(year, month)) };
}

/** When somebody was born who has had so many birthdays on the reference day, that day's birthday among them. */
export function ageSpan(age: number, reference: string): Span {
  const back = (years: number): string => {
    const [year, month, day] = parts(reference);
    const then = year - years;
    return dayText(then, month, Math.min(day, lengthOf(then, month)));
  };
  return { from: daysLater(back(age + 1), 1), to: back(age) };
}

export function parts(day: string): [year: number, month: number, day: number] {
  const [year = 0, month = 0, date = 0] = day.split("-").map(Number);
  return [year, month, date];
}

export function monthsIn({ from, to }: Span): Month[] {
  const months: Month[] = [];
  let [year, month] = parts(from);
  for (; dayText(year, month, 1) <= to; month === 12 ? (year += 1, month = 1) : (month += 1)) months.push({ year, month });
  return months;
}

export function daysIn({ from, to }: Span, { year, month }: Month): number[] {
  return Array.from({ length: lengthOf(year, month) }, (_, i) => i + 1)
    .filter((day) => dayText(year, month, day) >= from && dayText(year, month, day) <= to);
}

/** The twelve animals, rat first; a lunar year's is `(year - 4) mod 12`. */
export const ANIMALS = ["rat", "ox", "tiger", "rabbit", "dragon", "snake", "horse", "goat", "monkey", "rooster", "dog", "pig"] as const;
export const animalOf = (lunarYear: number): number => (((lunarYear - 4) % 12) + 12) % 12;
