// Which repeat of a form lists the people of the household. Forms name it; any other repeat (cows, trips) lists things.

const PEOPLE = /person|people|member|resident|roster/i;

export const ofPeople = (repeat: string): boolean => PEOPLE.test(repeat.replace(/\[\d+\]/g, "").split("/").pop() ?? "");

/** The roster of people among the screens of an interview, to go back to. */
export const rosterPath = (paths: string[]): string | undefined => paths.find((path) => !path.includes("[") && ofPeople(path));

/** Occupancies, as the listing form names them, in which a household belongs to the dwelling. */
export const OCCUPANCIES_LIVED_IN = new Set(["occupied", "household_absent"]);
