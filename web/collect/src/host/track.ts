// The way the phone was carried through an area, and where it was when doors were written down. Kept as drafts are:
// encrypted, on this phone alone, gone with the right to read.

import type { Phone } from "../engine";
import { odk, pointOf, type Point } from "../map/geometry";
import type { Track } from "../map/layout";
import { now, type Host } from "./host";

const KEY = "track/";
const POINTS_MAX = 2000;
/** A door was written down here: the way passed no longer ago than this. */
const FRESH_MS = 2 * 60_000;

interface Kept { points: string[]; doors: Record<string, string>; lastMs: number }

export class Tracks {
  constructor(private readonly host: Host) {}

  read(ea: number): Track {
    const { points, doors } = kept(this.host.phone, ea);
    return {
      points: points.flatMap((text) => pointOf(text) ?? []),
      doors: Object.fromEntries(Object.entries(doors).flatMap(([door, text]) => { const point = pointOf(text); return point ? [[door, point]] : []; })),
    };
  }

  walk(ea: number, points: Point[]): Promise<void> {
    return this.#change(ea, (before) => ({ ...before, points: thinned([...before.points, ...points.map(odk)]), lastMs: Date.now() }));
  }

  /** A door was written down without a point of its own: it is where the phone was last, if that is not long ago. */
  async door(ea: number, dwelling: number): Promise<void> {
    const { points, lastMs } = kept(this.host.phone, ea);
    const [last, age] = [points[points.length - 1], Date.now() - lastMs];
    if (last && age >= 0 && age < FRESH_MS) await this.#change(ea, (before) => ({ ...before, doors: { ...before.doors, [dwelling]: last } }));
  }

  async forget(ea: number): Promise<void> {
    await this.host.act((phone) => phone.discardDraft(KEY + ea));
  }

  async #change(ea: number, change: (before: Kept) => Kept): Promise<void> {
    await this.host.act((phone) => phone.saveDraft(KEY + ea, new TextEncoder().encode(JSON.stringify(change(kept(phone, ea)))), now()));
  }
}

function kept(phone: Phone, ea: number): Kept {
  const bytes = phone.locked ? undefined : phone.draft(KEY + ea);
  return bytes ? (JSON.parse(new TextDecoder().decode(bytes)) as Kept) : { points: [], doors: {}, lastMs: 0 };
}

/** A long way keeps its newer half whole, and of the older half every second point. */
function thinned(points: string[]): string[] {
  if (points.length <= POINTS_MAX) return points;
  const half = points.length >> 1;
  return points.filter((_, i) => i >= half || i % 2 === 0);
}
