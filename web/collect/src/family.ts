// Where each person of a family stands in its picture. What they are to each other is the engine's; here are places only.

import type { Family } from "./engine";

export interface Place { x: number; y: number; name: string }
export interface Line { path: string; kind: "couple" | "child" | "far" }
export interface Drawn { width: number; height: number; persons: Place[]; lines: Line[] }

const ACROSS = 84;
const DOWN = 82;
const WIDTH_MIN = 320;
const TOP = 20;
/** Where the name below a person ends. */
const UNDER_NAME = 36;

/** Generations above the first person; undefined for those whom nothing said connects to the first. */
function generations({ persons }: Family): (number | undefined)[] {
  const above: (number | undefined)[] = persons.map((_, i) => (i === 0 ? 0 : undefined));
  // Every round reaches those who are tied to somebody placed before.
  for (let moved = true; moved;) {
    moved = false;
    persons.forEach(({ ties }, i) => ties.forEach(({ to, generation }) => {
      if (generation === "" || to - 1 === i) return;
      const [own, other] = [above[i], above[to - 1]];
      if (own === undefined && other !== undefined) above[i] = other + Number(generation);
      else if (own !== undefined && other === undefined && to <= persons.length) above[to - 1] = own - Number(generation);
      else return;
      moved = true;
    }));
  }
  return above;
}

export function layOut(family: Family): Drawn {
  const above = generations(family);
  const levels = [...new Set(above)].sort((a, b) => (b ?? -Infinity) - (a ?? -Infinity));
  const ties = family.persons.flatMap((person, from) => person.ties
    .filter(({ to }) => to - 1 !== from && to <= family.persons.length).map((tie) => ({ ...tie, from, to: tie.to - 1 })));
  const couples = ties.filter((tie) => tie.relationship === "spouse");
  const rows = levels.map((level) => {
    const row: number[] = [];
    above.forEach((own, person) => {
      if (own !== level || row.includes(person)) return;
      row.push(person, ...couples.filter((c) => c.to === person && above[c.from] === level && !row.includes(c.from)).map((c) => c.from));
    });
    return row;
  });
  const width = Math.max(WIDTH_MIN, ACROSS * Math.max(1, ...rows.map((row) => row.length)));
  const persons: Place[] = family.persons.map(({ name }) => ({ x: 0, y: 0, name }));
  rows.forEach((row, level) => row.forEach((person, i) => {
    const place = persons[person];
    if (place) [place.x, place.y] = [(width * (i + 0.5)) / row.length, TOP + DOWN * level];
  }));
  const at = (person: number): Place => persons[person] ?? { x: 0, y: 0, name: "" };
  const parents = ties.flatMap(({ from, to, relationship }) =>
    relationship === "child" ? [{ child: from, parent: to }] : relationship === "parent" ? [{ child: to, parent: from }] : []);
  const lines: Line[] = [
    ...couples.map(({ from, to }): Line => ({ path: `M${at(from).x} ${at(from).y}L${at(to).x} ${at(to).y}`, kind: "couple" })),
    ...parents.map(({ child, parent }): Line => {
      const [{ x, y }, below] = [at(parent), at(child)];
      return { path: `M${x} ${y + UNDER_NAME}V${y + UNDER_NAME + 10}H${below.x}V${below.y}`, kind: "child" };
    }),
  ];
  // Brothers, grandparents and others, where nobody between them is in the household.
  const near = new Set([...couples.flatMap((c) => [c.from, c.to]), ...parents.flatMap((p) => [p.child, p.parent])]);
  for (const { from, to, generation } of ties) {
    if (generation === "" || near.has(from)) continue;
    near.add(from);
    const [a, b] = [at(from), at(to)];
    const path = a.y === b.y ? `M${a.x} ${a.y}Q${(a.x + b.x) / 2} ${a.y - 26} ${b.x} ${b.y}` : `M${a.x} ${a.y}L${b.x} ${b.y}`;
    lines.push({ path, kind: "far" });
  }
  return { width, height: TOP + DOWN * levels.length - 20, persons, lines };
}
