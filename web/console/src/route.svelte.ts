// Where we are: `#/screen/area`. The address can be kept, sent to a colleague and gone back to.

export const SCREENS = ["overview", "reconciliation", "coverage", "map", "submissions", "held", "phones", "staff"] as const;
export type Screen = (typeof SCREENS)[number];

export const route = $state<{ screen: Screen; area: number | undefined }>({ screen: "overview", area: undefined });

function read(): void {
  const [, screen, area] = location.hash.split("/");
  route.screen = SCREENS.find((known) => known === screen) ?? "overview";
  route.area = area && /^\d+$/.test(area) ? Number(area) : undefined;
}

export function startRoute(): void {
  read();
  addEventListener("hashchange", () => {
    const before = route.screen;
    read();
    if (route.screen !== before) scrollTo(0, 0);
  });
}

export function address(screen: Screen, area: number | undefined = route.area): string {
  return area === undefined ? `#/${screen}` : `#/${screen}/${area}`;
}

export function go(screen: Screen, area?: number): void {
  location.hash = address(screen, area);
}
