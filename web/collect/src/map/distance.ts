// How far, as people say it: "120 m", "1.4 km". Nobody needs the last metres, and no position knows them.

import { words } from "../words";

const rounded = (m: number): number => (m < 100 ? Math.max(10, Math.round(m / 10) * 10) : Math.round(m / 20) * 20);

export function distanceText(m: number): string {
  return m < 1000 ? words.t("distance.m", { m: rounded(m) }) : words.t("distance.km", { km: Math.round(m / 100) / 10 });
}

export const distanceWords = (m: number): string => words.t("distance.away", { distance: distanceText(m) });
