// What part of the map is on the screen, moved by fingers, wheel, keys and buttons.

import type { Spot } from "./geometry";

const [ZOOM_MIN, ZOOM_MAX] = [0.005, 24];
/** A single door, or none, is shown with this much around it. */
const SPAN_LEAST_M = 60;
/** Room for half a mark at the sides, and for the rule below. */
const [EDGE_PX, EDGE_BELOW_PX] = [36, 52];

export class MapView {
  width = $state(0);
  height = $state(0);
  /** The middle of the screen, metres. */
  middle = $state.raw<Spot>({ x: 0, y: 0 });
  pxPerM = $state(1);
  #fingers = new Map<number, Spot>();
  #moved = false;

  /** Whether somebody has chosen a part; until then the whole is kept in sight. */
  touched = $state(false);

  fit(spots: Spot[]): void {
    if (this.width === 0) return;
    const [xs, ys] = [spots.map(({ x }) => x), spots.map(({ y }) => y)];
    const [left, right, top, bottom] = spots.length > 0 ? [Math.min(...xs), Math.max(...xs), Math.min(...ys), Math.max(...ys)] : [0, 0, 0, 0];
    const [inside, tall] = [Math.max(40, this.width - 2 * EDGE_PX), Math.max(40, this.height - 2 * EDGE_BELOW_PX)];
    this.pxPerM = Math.min(inside / Math.max(SPAN_LEAST_M, right - left), tall / Math.max(SPAN_LEAST_M, bottom - top));
    this.middle = { x: (left + right) / 2, y: (top + bottom) / 2 };
    this.touched = false;
  }

  /** `at` stays where it is on the screen, pixels from the top left. */
  zoom(by: number, at: Spot = { x: this.width / 2, y: this.height / 2 }): void {
    const before = this.pxPerM;
    this.pxPerM = Math.min(ZOOM_MAX, Math.max(ZOOM_MIN, before * by));
    const [dx, dy] = [at.x - this.width / 2, at.y - this.height / 2];
    this.middle = { x: this.middle.x + dx / before - dx / this.pxPerM, y: this.middle.y + dy / before - dy / this.pxPerM };
    this.touched = true;
  }

  pan(dx: number, dy: number): void {
    this.middle = { x: this.middle.x - dx / this.pxPerM, y: this.middle.y - dy / this.pxPerM };
    this.touched = true;
  }

  goTo(middle: Spot): void {
    this.middle = middle;
    this.touched = true;
  }

  down(id: number, at: Spot): void {
    if (this.#fingers.size === 0) this.#moved = false;
    this.#fingers.set(id, at);
  }

  move(id: number, to: Spot): void {
    const from = this.#fingers.get(id);
    if (!from) return;
    const other = [...this.#fingers].find(([key]) => key !== id)?.[1];
    if (!other && !this.#moved && Math.hypot(to.x - from.x, to.y - from.y) < 6) return; // a finger never lies quite still
    this.#moved = true;
    this.#fingers.set(id, to);
    if (!other) return this.pan(to.x - from.x, to.y - from.y);
    const spread = Math.hypot(from.x - other.x, from.y - other.y) || 1;
    this.pan((to.x - from.x) / 2, (to.y - from.y) / 2);
    this.zoom(Math.hypot(to.x - other.x, to.y - other.y) / spread, { x: (to.x + other.x) / 2, y: (to.y + other.y) / 2 });
  }

  /** Whether it was a tap. */
  up(id: number): boolean {
    return this.#fingers.delete(id) && this.#fingers.size === 0 && !this.#moved;
  }

  /** Metres under a place of the screen. */
  under(at: Spot): Spot {
    return { x: this.middle.x + (at.x - this.width / 2) / this.pxPerM, y: this.middle.y + (at.y - this.height / 2) / this.pxPerM };
  }
}
