// Many people at once: the names of a dormitory, and the same answer for all of them. Nothing here grows with the number of
// people but the one pass over them.

import type { Interview, Question, Value } from "../engine";
import type { Host } from "./host";

/** A room: how many people the institution says, "" when it has not been asked, and how many are on its list. */
export interface Room { name: string; first: string; said: string; counted: number }
export interface Member { name: string; complete: boolean; first: string }
/** What a question says of each person: the answer, `null` for none yet, nothing where it is not asked. */
export type Column = (string | null | undefined)[];

const LANGUAGE = "en"; // only paths, names and answers are read here

export class Rosters {
  /** The name's question of a person, such as "d1_name"; by the path of the list. */
  #naming = new Map<string, string>();
  constructor(private readonly host: Host) {}

  members(): Member[] {
    return this.#on((interview) => (interview.screen(LANGUAGE).persons ?? []).map(({ label, complete, path }) => ({ name: label, complete, first: path })), false);
  }

  /** The rooms of a list, by the names the institution form gives their questions: `room_said` and `room_counted`. */
  rooms(list: string): Room[] {
    return this.host.interviews.use((interview) => {
      const { persons = [] } = interview.screen(LANGUAGE);
      const value = (i: number, name: string) => interview.value(`${list}[${i + 1}]/${list}_${name}`) ?? "";
      const rooms = persons.map(({ label, path }, i) => ({ name: label, first: path, said: value(i, "said"), counted: Number(value(i, "counted")) }));
      return rooms;
    }, false);
  }

  /** Adds people at the end, in one piece of work. */
  async add(names: string[]): Promise<void> {
    this.#on((interview) => { for (const name of names) interview.addPerson(undefined, name); });
    await this.host.interviews.save();
  }

  async rename(index: number, name: string): Promise<void> {
    this.#on((interview, path) => {
      const known = this.#naming.get(path) ?? interview.screen(LANGUAGE).questions[0]?.path.split("/").pop() ?? "";
      this.#naming.set(path, known);
      interview.answer(name || null, `${path}[${index + 1}]/${known}`);
    });
    await this.host.interviews.save();
  }

  async remove(index: number): Promise<void> {
    this.#on((interview) => interview.removePerson(index));
    await this.host.interviews.save();
  }

  /** The questions the first person is asked. */
  questions(language: string): Question[] {
    return this.#on((interview) => {
      const first = interview.screen(LANGUAGE).persons?.[0];
      if (!first || !interview.goto(first.path)) return [];
      const found: Question[] = [];
      for (let screen = interview.screen(language); screen.person?.index === 0; screen = interview.screen(language)) {
        found.push(...screen.questions);
        if (!interview.next()) break;
      }
      return found;
    }, false);
  }

  column(name: string): Column {
    return this.#on((interview, path) => {
      const count = interview.screen(LANGUAGE).progress.persons;
      return Array.from({ length: count }, (_, i) => {
        const text = interview.value(`${path}[${i + 1}]/${name}`);
        return text === "" ? null : text;
      });
    }, false);
  }

  /** Gives these people the same answer; those who are not asked stay out. Returns how many have it now. */
  async fill(name: string, value: Value, indexes: number[]): Promise<number> {
    const filled = this.#on((interview, path) => indexes.filter((i) => {
      const asked = interview.goto(`${path}[${i + 1}]/${name}`);
      if (asked) interview.answer(value);
      return asked;
    }).length);
    await this.host.interviews.save();
    return filled;
  }

  /** Works with the list of people on the screen, and leaves it there. */
  #on<T>(work: (interview: Interview, path: string) => T, changes = true): T {
    const path = this.host.interviews.rosterPath();
    return this.host.interviews.use((interview) => {
      interview.goto(path);
      const done = work(interview, path);
      interview.goto(path);
      return done;
    }, changes);
  }
}
