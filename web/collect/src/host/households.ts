// Two households behind one door, or one that was taken for two. Numbers are never given again: a household that turns out
// to be part of another keeps its number, and can be parted from it again.

import type { Interview, Value } from "../engine";
import { isAnswered } from "../people";
import type { Host } from "./host";

interface Given { name: string; answers: [string, Value][] }

export class Households {
  constructor(private readonly host: Host) {}

  /** The names in a household's interview, begun or finished; none when nobody has been asked. */
  async people(ea: number, dwelling: number, household: number): Promise<string[]> {
    if (!this.#asked(ea, household)) return [];
    await this.host.interviews.interview(ea, dwelling, household);
    const names = this.host.rosters.members().map(({ name }) => name);
    await this.host.interviews.close();
    return names;
  }

  /** Some people of a household are one of their own: it gets the next number, and they go with what they answered.
   *  Returns the number. */
  async split(ea: number, dwelling: number, household: number, people: number[]): Promise<number> {
    const number = await this.host.addHousehold(ea, dwelling, household);
    if (people.length > 0) await this.#move(ea, dwelling, household, number, people);
    return number;
  }

  /** A household is part of another: its people go there with what they answered, unless their answers are sent already. */
  async merge(ea: number, dwelling: number, household: number, into: number): Promise<void> {
    const sent = this.host.phone.page(ea)?.dwellings.flatMap((d) => d.households).some((h) => h.household === household && isAnswered(h));
    const people = sent ? [] : (await this.people(ea, dwelling, household)).map((_, i) => i);
    if (people.length > 0) {
      const key = await this.#move(ea, dwelling, household, into, people);
      await this.host.interviews.discard(key);
    }
    await this.host.merge(ea, household, into);
  }

  #asked(ea: number, household: number): boolean {
    const { form } = this.host.interviews.forms.of(ea, household);
    const { phone } = this.host;
    return phone.draft(`household/${ea}/${household}/${form}`) !== undefined || phone.answers(ea, household, form) !== undefined;
  }

  /** Writes people into the other interview first, and takes them out of theirs only when that is stored. Returns the key
   *  of theirs. */
  async #move(ea: number, dwelling: number, from: number, to: number, people: number[]): Promise<string> {
    const { interviews, rosters } = this.host;
    const { key } = await interviews.interview(ea, dwelling, from);
    const given = people.map((index) => person(this.host, index));
    await interviews.interview(ea, dwelling, to);
    const path = interviews.rosterPath();
    // A list nobody has written on has a line for the head of the household, or none.
    for (const [index, { name }] of rosters.members().map((member, i) => [i, member] as const).reverse()) if (!name) await rosters.remove(index);
    let count = rosters.members().length;
    for (const { name, answers } of given) {
      await rosters.add([name]);
      interviews.use((interview) => write(interview, `${path}[${++count}]`, answers));
    }
    await interviews.save();
    await interviews.interview(ea, dwelling, from);
    for (const index of [...people].sort((a, b) => b - a)) await rosters.remove(index);
    await interviews.close();
    return key;
  }
}

/** What was answered about one person, in the order it is asked. */
function person({ interviews, rosters }: Host, index: number): Given {
  const member = rosters.members()[index];
  const answers: [string, Value][] = [];
  interviews.use((interview) => {
    if (!member || !interview.goto(member.first)) return;
    for (let screen = interview.screen("en"); screen.person?.index === index; screen = interview.screen("en")) {
      answers.push(...screen.questions.filter((q) => q.value !== null).map((q): [string, Value] => [q.name, q.value]));
      if (!interview.next()) break;
    }
  }, false);
  return { name: member?.name ?? "", answers };
}

function write(interview: Interview, path: string, answers: [string, Value][]): void {
  for (const [name, value] of answers) if (interview.goto(`${path}/${name}`)) interview.answer(value);
}
