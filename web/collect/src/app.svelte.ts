// The app's state: what the host last said, where we are, and what the browser says about itself.

import { startHost, HostError, type HostClient } from "./host/client";
import type { Overview } from "./host/views";

export type Route =
  | { at: "today" }
  | { at: "area"; ea: number }
  | { at: "dwelling"; ea: number; dwelling: number }
  | { at: "visit"; ea: number; dwelling: number; household: number }
  | { at: "listing"; ea: number; dwelling: number }
  | { at: "household"; ea: number; dwelling: number; household: number }
  | { at: "resume"; key: string }
  | { at: "done"; number: number }
  | { at: "sent" }
  | { at: "settings" };

class App {
  overview = $state.raw<Overview>();
  /** Counts what the host reported; a screen that reads it asks again. */
  version = $state(0);
  route = $state.raw<Route>({ at: "today" });
  online = $state(navigator.onLine);
  /** Set when the app could not start at all. */
  broken = $state("");
  update = $state.raw<ServiceWorker>();
  readonly secure = window.isSecureContext && "subtle" in crypto;
  host!: HostClient;

  async start(): Promise<void> {
    addEventListener("online", () => {
      this.online = true;
      void this.host?.sync();
    });
    document.addEventListener("visibilitychange", () => {
      if (document.visibilityState === "visible" && this.online && this.overview?.unsent) void this.host.sync();
    });
    addEventListener("offline", () => (this.online = false));
    addEventListener("hashchange", () => this.#read());
    this.#read();
    if (!this.secure) return;
    this.host = startHost(() => void this.refresh());
    try {
      await this.host.start(await persisted());
      await this.refresh();
    } catch (error) {
      this.broken = error instanceof HostError ? `${error.message} ${error.detail}` : String(error);
    }
  }

  async refresh(): Promise<void> {
    this.overview = await this.host.overview();
    this.version += 1;
  }

  go(route: Route, replace = false): void {
    const hash = write(route);
    if (replace) history.replaceState(null, "", hash);
    else if (location.hash !== hash) history.pushState(null, "", hash);
    this.route = route;
    scrollTo(0, 0);
  }

  #read(): void {
    this.route = read(location.hash);
  }
}

/** Asks the browser to keep our storage even when the phone runs low. */
export async function askToPersist(): Promise<boolean> {
  return (await navigator.storage?.persist?.().catch(() => false)) ?? false;
}

async function persisted(): Promise<boolean> {
  return (await navigator.storage?.persisted?.().catch(() => false)) ?? false;
}

function write(route: Route): string {
  const { at, ...rest } = route;
  const tail = Object.values(rest).map((v) => encodeURIComponent(String(v)));
  return `#/${[at, ...tail].join("/")}`;
}

function read(hash: string): Route {
  const [at, a, b, c] = hash.replace(/^#\//, "").split("/").map(decodeURIComponent);
  const [ea, dwelling, household] = [Number(a), Number(b), Number(c)];
  switch (at) {
    case "area": return { at, ea };
    case "dwelling": return { at, ea, dwelling };
    case "visit": return { at, ea, dwelling, household };
    case "listing": return { at, ea, dwelling };
    case "household": return { at, ea, dwelling, household };
    case "resume": return { at, key: a ?? "" };
    case "done": return { at, number: Number(a) };
    case "sent": case "settings": return { at };
    default: return { at: "today" };
  }
}

export const app = new App();
