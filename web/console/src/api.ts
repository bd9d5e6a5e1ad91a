// What the server answers under /api/. The shapes follow crates/api/src/console.

export interface Area { id: number; code: string; level: number; names: Record<string, string>; leaf: boolean }

export interface Numbers {
  dwellings: number; households: number; persons: number; male: number; female: number;
  slept_here: number; registered_away: number; births: number; deaths: number;
  visits: number; submissions: number; held: number; held_submissions: number;
  response: Record<Response, number>;
  occupancy: Record<string, number>;
}

export type Response = "not_started" | "call_back" | "complete" | "needs_review" | "returned" | "approved"
  | "refused" | "refused_final" | "non_contact_final";

export interface Me {
  name: string; role: string; area: Area;
  census: { names: Record<string, string>; reference_date: string; languages: string[]; test: boolean;
    levels: Record<string, string>[] } | null;
}

export interface Overview {
  area: Area; progress: Numbers; at_ms: number; last_event_ms: number; next_offset: number;
  lag: { behind_events: number; seconds: number };
  rate: { until_ms: number; per_second: number[] };
  stopped: boolean;
  /** Why it has stopped, and what else somebody should look at. */
  reasons: Message[]; alarms: Message[];
  /** The cells of this area, at the root cell of a divided census. */
  cells: Counted[] | null;
}

/** A cell, and where its console is. */
export interface CellOf { number: number; address: string }
/** What a cell has counted, so many seconds ago; `null` before it has said so, and of a cell that is not `whole` in the area. */
export type Counted = CellOf & { area: Area; whole: boolean; households: number | null; persons: number | null; seconds: number; silent: boolean };

export interface Message { code: string; params?: Record<string, string> }

export interface Reconciliation {
  area: Area; at_ms: number; dwellings: number;
  cells: { occupancy: string; response: Response | null; source: string; dwellings: number }[];
}

export type Child = Area & { progress: Numbers; eas: number | null; cell: CellOf | null };
export interface Coverage { area: Area; path: Area[]; progress: Numbers; eas: number | null; children: Child[];
  /** The cell it belongs to, seen from the root cell. */
  cell: CellOf | null }

export interface MapAnswer {
  area: number;
  map_note: Record<string, string>;
  collection: { features: { id: number; properties: { id: number; generated: boolean }; geometry: Geometry }[] };
}
export type Geometry = { type: "Polygon"; coordinates: number[][][] } | { type: "MultiPolygon"; coordinates: number[][][][] };

export interface Ea {
  area: Area; progress: Numbers; at_ms: number; lease: { number: number; staff: string } | null;
  dwellings: { dwelling: number; building: number; kind: number; occupancy: string; response: Response | null;
    source: string; visits: number }[];
  households: { household: number; dwelling: number; response: Response; source: string; visits: number;
    persons: number | null;
    /** The household it was found to be part of. */
    merged_into: number | null }[];
}

export interface StaffList {
  at_ms: number; total: number;
  staff: { staff: number; name: string; role: string; area: Area; signs_in: boolean; leases: number; devices: number }[];
}

export interface Devices {
  at_ms: number; since_ms: number; total: number; silent: number; waiting: number; unsent: number;
  devices: { device: number; staff: string; area: Area; registered_ms: number; revoked: boolean;
    last_sync_ms: number | null; unsent: number | null; app: string | null }[];
}

export interface Submissions {
  at_ms: number;
  submissions: { offset: number; time_ms: number; ea: Area | null; household: number; outcome: string;
    verdict: string; held: string }[];
}

export interface HeldItem {
  offset: number; time_ms: number; area: Area | null; household: number; event: string; sender: string;
  verdict: string; held: string; can_count: boolean;
  persons: number | null; persons_counted: number | null;
}
export interface HeldList { at_ms: number; total: number; held: HeldItem[] }

/** Why a request was refused, or that no answer came (`console/unreachable`). */
export class Refused extends Error {
  constructor(readonly status: number, readonly code: string, readonly params: Record<string, string>, readonly help: string) {
    super(code);
  }
}

async function request(path: string, init: RequestInit): Promise<globalThis.Response> {
  let response: globalThis.Response;
  try {
    response = await fetch(`/api/${path}`, { ...init, credentials: "same-origin" });
  } catch (error) {
    if (init.signal?.aborted) throw error;
    throw new Refused(0, "console/unreachable", {}, "");
  }
  if (response.ok) return response;
  const problem = await response.json().catch(() => ({})) as { code?: string; params?: Record<string, string>; help?: string };
  throw new Refused(response.status, problem.code ?? "server/internal", problem.params ?? {}, problem.help ?? "");
}

export async function get<T>(path: string, signal?: AbortSignal): Promise<T> {
  const response = await request(path, signal ? { signal } : {});
  try {
    return await response.json() as T;
  } catch (error) {
    if (signal?.aborted) throw error;
    throw new Refused(0, "console/unreachable", {}, "");
  }
}

export async function post(path: string, body: unknown): Promise<void> {
  await request(path, { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) });
}
