// The file that all benchmarks add their figures to: a list of {name, value, unit, limit, ratio}. A figure of the same name is
// replaced; `ratio` is value / limit, and both are left out where there is no budget.

import { existsSync, readFileSync, writeFileSync } from "node:fs";

/** A figure, with its ratio to a limit if it has one. */
export const figure = (name, value, unit, limit) => ({ name, value, unit, ...(limit ? { limit, ratio: value / limit } : {}) });

/** Adds figures to a file. */
export function record(out, figures) {
  const kept = existsSync(out) ? JSON.parse(readFileSync(out, "utf8")) : [];
  const others = kept.filter((one) => !figures.some((own) => own.name === one.name));
  writeFileSync(out, `${JSON.stringify([...others, ...figures], null, 2)}\n`);
}

/** Prints figures, a line each. */
export function print(figures, digits = 1) {
  for (const { name, value, unit, limit, ratio } of figures) {
    console.log(`${name} ${value.toFixed(digits)} ${unit}${limit ? `, limit ${limit.toFixed(digits)} ${unit}, ratio ${ratio.toFixed(2)}` : ""}`);
  }
}
