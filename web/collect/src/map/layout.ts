// Where each door goes on the map. Most have a point. The others follow the order of doors, as people walk: between the
// two neighbours that have one, along the walked track where there is one, as far apart as the landmark says ("30 steps
// past the well"). Without any point and without a track the doors lie in rows, a sketch that claims nothing about the
// ground.

import type { Dwelling } from "../engine";
import { landmark } from "../names";
import { along, apart, pointOf, spotOf, type Point, type Spot } from "./geometry";

/** What the phone alone knows of an area: where it was carried, and where it was when a door was written down. */
export interface Track { points: Point[]; doors: Record<string, Point> }

export interface Place extends Spot {
  dwelling: Dwelling;
  /** It stands where its point says; the others are laid out. */
  sure: boolean;
}
export interface Layout {
  /** Metres are of the ground, around this; without one the map is a sketch. */
  origin: Point | undefined;
  places: Place[];
  track: Spot[];
}

const STEP_M = 0.7;
/** Between doors whose landmark counts no steps. */
const GAP_M = 15;
const ROW_M = 75;
const ROW_GAP_M = 30;

const DIGITS = /[٠-٩۰-۹]/g;
/** The steps a landmark counts, in the app's languages; 0 when it counts none. */
export function stepsIn(text: string): number {
  const plain = text.replace(DIGITS, (digit) => String(digit.charCodeAt(0) & 15));
  return Number(/(\d{1,4})\s*(?:steps?|paces?|步|خطو)/i.exec(plain)?.[1] ?? 0);
}

const gapBefore = (dwelling: Dwelling): number => stepsIn(landmark(dwelling)) * STEP_M || GAP_M;

/** Rows there and back, from where somebody stands. */
function rows(at: Spot, metres: number): Spot {
  const row = Math.floor(metres / ROW_M);
  const into = metres - row * ROW_M;
  return { x: at.x + (row % 2 === 0 ? into : ROW_M - into), y: at.y + row * ROW_GAP_M };
}

/** The part of the track from near one place to near another; the straight way when it was not walked so. */
function way(track: Spot[], from: Spot, to: Spot): Spot[] {
  const nearest = (spot: Spot) => track.reduce((best, here, i) => (apart(here, spot) < apart(track[best]!, spot) ? i : best), 0);
  const straight = [from, to];
  if (track.length < 2) return straight;
  const [start, end] = [nearest(from), nearest(to)];
  const walked = start <= end ? track.slice(start, end + 1) : track.slice(end, start + 1).reverse();
  const off = Math.max(apart(track[start]!, from), apart(track[end]!, to));
  return off > apart(from, to) ? straight : [from, ...walked, to];
}

export function layout(dwellings: Dwelling[], track: Track, here?: Point): Layout {
  const doors = [...dwellings].sort((a, b) => a.dwelling - b.dwelling);
  const points = doors.map((dwelling) => pointOf(dwelling.point));
  const origin = points.find((point) => point) ?? Object.values(track.doors)[0] ?? track.points[0] ?? here;
  if (!origin) {
    let walked = -GAP_M;
    return { origin, track: [], places: doors.map((dwelling) => ({ dwelling, sure: false, ...rows({ x: 0, y: 0 }, (walked += gapBefore(dwelling))) })) };
  }
  const walked = track.points.map((point) => spotOf(point, origin));
  const known = doors.map((dwelling, i) => {
    const point = points[i] ?? track.doors[dwelling.dwelling];
    return point && spotOf(point, origin);
  });
  const places = doors.map((dwelling, i): Place => {
    const own = known[i];
    if (own) return { dwelling, sure: points[i] !== undefined, ...own };
    const before = known.slice(0, i).reduce((last, spot, k) => (spot ? k : last), -1);
    const after = known.findIndex((spot, k) => k > i && spot !== undefined);
    const metres = (from: number, to: number) => doors.slice(from + 1, to + 1).reduce((sum, door) => sum + gapBefore(door), 0);
    if (before < 0 && after < 0) {
      if (walked.length > 1) return { dwelling, sure: false, ...along(walked, metres(0, i) / Math.max(1, metres(0, doors.length - 1))) };
      return { dwelling, sure: false, ...rows(spotOf(here ?? origin, origin), metres(-1, i)) };
    }
    if (before >= 0 && after >= 0) {
      const share = metres(before, i) / metres(before, after);
      return { dwelling, sure: false, ...along(way(walked, known[before]!, known[after]!), share) };
    }
    const [near, far] = before >= 0 ? [before, i] : [i, after];
    return { dwelling, sure: false, ...rows(known[before >= 0 ? before : after]!, metres(near, far)) };
  });
  return { origin, places, track: walked };
}
