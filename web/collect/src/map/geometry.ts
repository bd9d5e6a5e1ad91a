// Places as numbers: points as ODK writes them, and metres east and south of one of them, flat, as an area of a few
// kilometres is near enough.

/** A place on the Earth: degrees, and metres of accuracy (0: placed by hand or not said). */
export interface Point { lat: number; lon: number; accuracyM: number }
/** Metres east (x) and south (y) of an origin, as a screen counts. */
export interface Spot { x: number; y: number }

const METRES_A_DEGREE = 111_195; // a mean radius of 6,371 km
const radians = (degrees: number): number => (degrees * Math.PI) / 180;

/** A point as ODK writes it, "39.92 116.42 0 8"; nothing for text that is none, such as one that is sealed. */
export function pointOf(text: string): Point | undefined {
  const [lat, lon, , accuracyM = 0] = text.trim().split(/\s+/).map(Number);
  if (text.trim() === "" || lat === undefined || lon === undefined || !(Math.abs(lat) <= 90) || !(Math.abs(lon) <= 180)) return undefined;
  return { lat, lon, accuracyM: accuracyM > 0 ? accuracyM : 0 };
}

export const odk = ({ lat, lon, accuracyM }: Point): string => `${lat.toFixed(6)} ${lon.toFixed(6)} 0 ${Math.round(accuracyM)}`;

/** East is never more than half the world away: areas on both sides of the date line stay together. */
export function spotOf(point: Point, origin: Point): Spot {
  const east = ((point.lon - origin.lon + 540) % 360) - 180;
  return { x: east * METRES_A_DEGREE * Math.cos(radians(origin.lat)), y: (origin.lat - point.lat) * METRES_A_DEGREE };
}

export const apart = (a: Spot, b: Spot): number => Math.hypot(a.x - b.x, a.y - b.y);
export const metresBetween = (a: Point, b: Point): number => apart(spotOf(b, a), { x: 0, y: 0 });

/** The corners around some places, in order; all of them when there are fewer than three. */
export function hull(spots: Spot[]): Spot[] {
  const sorted = [...spots].sort((a, b) => a.x - b.x || a.y - b.y);
  if (sorted.length < 3) return sorted;
  const turn = (o: Spot, a: Spot, b: Spot) => (a.x - o.x) * (b.y - o.y) - (a.y - o.y) * (b.x - o.x);
  const half = (from: Spot[]) => from.reduce<Spot[]>((chain, spot) => {
    while (chain.length > 1 && turn(chain[chain.length - 2]!, chain[chain.length - 1]!, spot) <= 0) chain.pop();
    return [...chain, spot];
  }, []);
  return [...half(sorted).slice(0, -1), ...half(sorted.reverse()).slice(0, -1)];
}

/** The place a share of the way along a line, from 0 to 1. */
export function along(line: Spot[], share: number): Spot {
  const steps = line.slice(1).map((to, i) => apart(line[i]!, to));
  let left = steps.reduce((sum, step) => sum + step, 0) * Math.min(1, Math.max(0, share));
  for (const [i, step] of steps.entries()) {
    if (left <= step && step > 0) {
      const [from, to] = [line[i]!, line[i + 1]!];
      return { x: from.x + ((to.x - from.x) * left) / step, y: from.y + ((to.y - from.y) * left) / step };
    }
    left -= step;
  }
  return line[line.length - 1] ?? { x: 0, y: 0 };
}
