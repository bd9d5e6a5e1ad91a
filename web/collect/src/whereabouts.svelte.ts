// Where the phone is, all the time somebody looks at a map, and the way it was carried. The way stays on this phone,
// encrypted as drafts are; nothing of it is ever sent. The phone is asked for its position only after the person was
// shown what the question will look like, and the work goes on without.

import { app } from "./app.svelte";
import { metresBetween, type Point } from "./map/geometry";
import { fromCoords, permission, PRECISELY, problemOf } from "./position";

/** A new point of the way at least so far from the last, and no point less exact than this. */
const STEP_M = 8;
const ACCURACY_MAX_M = 60;
const STORE_MS = 20_000;
/** For a list of visits a position of two minutes ago will do. */
const RECENTLY: PositionOptions = { timeout: 10_000, maximumAge: 120_000 };

class Whereabouts {
  here = $state.raw<Point>();
  /** A code for words: why there is no position. */
  problem = $state("");
  /** The picture of the browser's question is on the screen; `#answer` goes on from it. */
  asking = $state(false);
  /** Not yet stored. */
  #walked: Point[] = [];
  #last: Point | undefined;
  #ea = 0;
  #watch: number | undefined;
  #stored = 0;
  #answer: ((go: boolean) => void) | undefined;

  /** Whether positions may be asked for without a question of the browser's. */
  async allowed(): Promise<boolean> { return (await permission()) === "granted"; }

  /** Shows the picture first where the browser will ask; true when it is time to ask for a position. */
  async prepare(): Promise<boolean> {
    this.problem = "";
    const state = await permission();
    if (state !== "prompt") return true; // refused already: asking again says so, and how to mend it
    this.asking = true;
    const go = await new Promise<boolean>((resolve) => (this.#answer = resolve));
    this.asking = false;
    return go;
  }

  answer(go: boolean): void { this.#answer?.(go); }

  /** Follows the phone while a screen of this area shows it. */
  follow(ea: number): void {
    this.#ea = ea;
    if (this.#watch !== undefined || !navigator.geolocation || app.savesPower) return;
    this.#watch = navigator.geolocation.watchPosition(({ coords }) => this.#moved(fromCoords(coords)), (error) => {
      this.problem = problemOf(error);
      if (error.code === error.PERMISSION_DENIED) this.stop();
    }, PRECISELY);
  }

  /** Stops following; what was walked is stored. */
  stop(): void {
    if (this.#watch !== undefined) navigator.geolocation.clearWatch(this.#watch);
    this.#watch = undefined;
    void this.store();
  }

  /** A position found once, where that needs no question of the browser's. */
  async once(): Promise<Point | undefined> {
    return (await this.allowed()) ? this.find() : undefined;
  }

  /** A position found once; `problem` says why not. */
  find(): Promise<Point | undefined> {
    if (!navigator.geolocation) this.problem = "point.not_found";
    return !navigator.geolocation ? Promise.resolve(undefined) : new Promise((resolve) => navigator.geolocation.getCurrentPosition(
      ({ coords }) => resolve((this.here = fromCoords(coords))),
      (error) => { this.problem = problemOf(error); resolve(undefined); }, RECENTLY));
  }

  async store(): Promise<void> {
    if (this.#walked.length === 0) return;
    const [ea, walked] = [this.#ea, this.#walked];
    this.#walked = [];
    this.#stored = Date.now();
    await app.host.walk(ea, walked).catch(() => undefined); // only the drawn way is shorter then
  }

  #moved(point: Point): void {
    this.here = point;
    this.problem = "";
    if (point.accuracyM > ACCURACY_MAX_M || (this.#last && metresBetween(this.#last, point) < STEP_M)) return;
    this.#last = point;
    this.#walked.push(point);
    if (Date.now() - this.#stored > STORE_MS) void this.store();
  }
}

export const whereabouts = new Whereabouts();
