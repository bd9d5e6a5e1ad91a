// Where the phone is, once, as ODK writes a point; or why it is not known, as a code for words.

const WAIT_MS = 30_000;
/** A position found so short a time ago is taken again, so that the person need not wait twice. */
const FRESH_MS = 10_000;

export function position(): Promise<{ point: string } | { problem: string }> {
  return new Promise((resolve) => {
    if (!navigator.geolocation) return resolve({ problem: "point.not_found" });
    navigator.geolocation.getCurrentPosition(
      ({ coords }) => resolve({
        point: [coords.latitude.toFixed(6), coords.longitude.toFixed(6), (coords.altitude ?? 0).toFixed(0), coords.accuracy.toFixed(0)].join(" "),
      }),
      (error) => resolve({ problem: error.code === error.PERMISSION_DENIED ? "point.denied" : "point.not_found" }),
      { enableHighAccuracy: true, timeout: WAIT_MS, maximumAge: FRESH_MS },
    );
  });
}
