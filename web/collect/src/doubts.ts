// What a check says about the answers on the screen, when somebody goes on. Both the screen and the worker ask.

import type { Finding, Screen } from "./engine";

/** What tells a finding from the others of its form. */
export const doubtKey = ({ path, rule, text }: Finding): string => path + rule + text;

/** The findings of a screen but for those kept all the same, by their keys. */
export function doubts(screen: Screen, kept: Set<string>): Finding[] {
  return screen.questions.flatMap((question) => question.findings).filter((finding) => !kept.has(doubtKey(finding)));
}
