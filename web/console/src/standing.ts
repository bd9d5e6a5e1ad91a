// Where households stand, in the groups the screens show. Every response is in exactly one group.

import type { Numbers, Response } from "./api";

export interface Group { key: string; tone: Tone; responses: Response[] }
export type Tone = "done" | "needs" | "waiting" | "wrong" | "rest";

export const GROUPS: Group[] = [
  { key: "complete", tone: "done", responses: ["complete", "approved"] },
  { key: "needs_review", tone: "needs", responses: ["needs_review", "returned"] },
  { key: "call_back", tone: "waiting", responses: ["call_back"] },
  { key: "refused", tone: "wrong", responses: ["refused", "refused_final", "non_contact_final"] },
  { key: "not_started", tone: "rest", responses: ["not_started"] },
];

export const count = (numbers: Numbers, group: Group): number =>
  group.responses.reduce((sum, response) => sum + numbers.response[response], 0);

/** Households with a complete form, approved ones included. */
export const complete = (numbers: Numbers): number => numbers.response.complete + numbers.response.approved;

export function tone(response: Response | null): Tone {
  return GROUPS.find((group) => response !== null && group.responses.includes(response))?.tone ?? "rest";
}
