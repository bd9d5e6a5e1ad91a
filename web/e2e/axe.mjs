// Whether a screen can be used by everybody, as far as a machine can tell: WCAG 2.2 A and AA by axe.

import { readFileSync } from "node:fs";

const source = readFileSync(new URL("../node_modules/axe-core/axe.min.js", import.meta.url), "utf8");
const RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"];

/** What axe finds wrong with the screen as it is, one line each; nothing when all is well. */
export async function findings(page) {
  await page.evaluate(source);
  // What lies half under a bar that stays can be scrolled free of it, which axe does not know.
  const bars = await page.addStyleTag({ content: ".thumb, header { position: static !important }" });
  const { violations } = await page.evaluate((rules) => globalThis.axe.run(document, { runOnly: rules, resultTypes: ["violations"] }), RULES);
  await bars.evaluate((style) => style.remove());
  return violations.flatMap(({ id, help, nodes }) => nodes.map((node) => `${id}: ${help}: ${node.html.slice(0, 160)}`));
}
