// Where the phone is, once; or why it is not known, as a code for words.

import type { Point } from "./map/geometry";

const WAIT_MS = 30_000;
/** A position found so short a time ago is taken again: nobody walks to the next door in it. */
const FRESH_MS = 2_000;
export const PRECISELY: PositionOptions = { enableHighAccuracy: true, timeout: WAIT_MS, maximumAge: FRESH_MS };

export const fromCoords = ({ latitude, longitude, accuracy }: GeolocationCoordinates): Point =>
  ({ lat: latitude, lon: longitude, accuracyM: accuracy });
export const problemOf = (error: GeolocationPositionError): string =>
  error.code === error.PERMISSION_DENIED ? "point.denied" : "point.not_found";

/** Whether the phone lets the app see where it is. "prompt" where the browser does not tell. */
export async function permission(): Promise<PermissionState> {
  if (!navigator.geolocation) return "denied";
  const told = await navigator.permissions?.query({ name: "geolocation" }).catch(() => undefined);
  return told?.state ?? "prompt";
}

/** As ODK writes a point. */
export function position(): Promise<{ point: string } | { problem: string }> {
  return new Promise((resolve) => {
    if (!navigator.geolocation) return resolve({ problem: "point.not_found" });
    navigator.geolocation.getCurrentPosition(
      ({ coords }) => resolve({
        point: [coords.latitude.toFixed(6), coords.longitude.toFixed(6), (coords.altitude ?? 0).toFixed(0), coords.accuracy.toFixed(0)].join(" "),
      }),
      (error) => resolve({ problem: problemOf(error) }),
      PRECISELY,
    );
  });
}
