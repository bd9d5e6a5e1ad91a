// From GeoJSON to SVG: spherical Mercator over a few countries' worth of ground, fitted into a box. Areas across the
// 180th meridian would need cutting; no pack has one.

import type { Geometry, MapAnswer } from "./api";

export interface Shape { id: number; generated: boolean; path: string; centre: [number, number]; width: number }

type Point = [number, number];

const polygons = (geometry: Geometry): number[][][][] => (geometry.type === "Polygon" ? [geometry.coordinates] : geometry.coordinates);

function mercator([longitude = 0, latitude = 0]: number[]): Point {
  const clamped = Math.max(-85, Math.min(85, latitude));
  return [longitude, (-Math.log(Math.tan(Math.PI / 4 + (clamped * Math.PI) / 360)) * 180) / Math.PI];
}

/** The shapes of a map, in a box `width` wide and at most `height_max` high, and the height they need. */
export function shapes(collection: MapAnswer["collection"], width: number, height_max: number): { shapes: Shape[]; height: number } {
  const projected = collection.features.map((feature) => ({
    feature,
    rings: polygons(feature.geometry).map((polygon) => polygon.map((ring) => ring.map(mercator))),
  }));
  let [x0, y0, x1, y1] = [Infinity, Infinity, -Infinity, -Infinity];
  for (const { rings } of projected) for (const [x, y] of rings.flat(2)) {
    [x0, y0, x1, y1] = [Math.min(x0, x), Math.min(y0, y), Math.max(x1, x), Math.max(y1, y)];
  }
  if (!Number.isFinite(x0)) return { shapes: [], height: 0 };
  const scale = Math.min(width / Math.max(x1 - x0, 1e-9), height_max / Math.max(y1 - y0, 1e-9));
  const left = (width - (x1 - x0) * scale) / 2;
  const place = ([x, y]: Point): Point => [left + (x - x0) * scale, (y - y0) * scale];
  const drawn = projected.map(({ feature, rings }) => {
    const placed = rings.map((polygon) => polygon.map((ring) => ring.map(place)));
    const largest = placed.map((polygon) => polygon[0] ?? []).reduce((a, b) => (Math.abs(area(b)) > Math.abs(area(a)) ? b : a), []);
    const xs = largest.map(([x]) => x);
    return {
      id: feature.id,
      generated: feature.properties.generated,
      path: placed.flat().map((ring) => `M${ring.map(([x, y]) => `${x.toFixed(1)} ${y.toFixed(1)}`).join("L")}Z`).join(""),
      centre: centroid(largest),
      width: Math.max(...xs) - Math.min(...xs),
    };
  });
  return { shapes: drawn, height: (y1 - y0) * scale };
}

function area(ring: Point[]): number {
  return ring.reduce((sum, [x, y], index) => {
    const [nx, ny] = ring[(index + 1) % ring.length] ?? [x, y];
    return sum + (x * ny - nx * y) / 2;
  }, 0);
}

function centroid(ring: Point[]): Point {
  const whole = area(ring);
  if (Math.abs(whole) < 1e-9) return ring[0] ?? [0, 0];
  const sum = ring.reduce<Point>(([cx, cy], [x, y], index) => {
    const [nx, ny] = ring[(index + 1) % ring.length] ?? [x, y];
    const cross = x * ny - nx * y;
    return [cx + (x + nx) * cross, cy + (y + ny) * cross];
  }, [0, 0]);
  return [sum[0] / (6 * whole), sum[1] / (6 * whole)];
}
