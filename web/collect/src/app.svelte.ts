// The app's state: what the host last said, where we are, and what the browser says about itself.

import { startHost, HostError, type HostClient } from "./host/client";
import type { Overview } from "./host/views";
import { startAloud } from "./aloud";

export type Route =
  | { at: "today" }
  | { at: "area"; ea: number }
  | { at: "map"; ea: number }
  | { at: "place"; ea: number }
  | { at: "dwelling"; ea: number; dwelling: number }
  | { at: "visit"; ea: number; dwelling: number; household: number; outcome?: number }
  | { at: "listing"; ea: number; dwelling: number }
  | { at: "household"; ea: number; dwelling: number; household: number; roster?: boolean }
  | { at: "resume"; key: string }
  | { at: "done"; number: number; ea: number; dwelling: number; household: number }
  | { at: "sent" }
  | { at: "settings" }
  | { at: "practice" }
  | { at: "deliver" };

/** A month of work with its photos, bytes. A private window of most browsers gives less. */
const SPACE_LEAST = 300e6;
/** Messengers open links inside themselves, where nothing stays and no camera opens. */
export const insideMessenger = /MicroMessenger|FBA[NV]|Instagram|Line\/|DingTalk|QQ\//.test(navigator.userAgent);

interface Battery extends EventTarget { level: number; charging: boolean }

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
  /** The phone is in the hands of the household: nothing but its own questions is shown until the PIN. */
  respondent = $state(false);
  /** Counts changes of what can be read aloud. */
  voices = $state(0);
  /** Where work kept here is at risk from the start: little space, or a private window, which looks the same. */
  risky = $state(false);
  /** The battery's charge from 0 to 1, where the browser tells; 1 while it is being charged. */
  battery = $state(1);
  /** On a phone that people share: who it is has been asked and said. */
  chosen = $state(false);
  /** Somebody asked for the list of people, or opened a letter's link, while one person alone is known here. */
  somebodyElse = $state(/[#&]code=/.test(location.hash));
  host!: HostClient;

  /** So little is left that camera and microphone stay off: the answers come first. */
  get savesPower(): boolean { return this.battery <= 0.05; }

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
    void this.#watchBattery();
    void navigator.storage?.estimate?.().then(({ quota, usage }) => (this.risky = (quota ?? Infinity) - (usage ?? 0) < SPACE_LEAST));
    void startAloud(() => (this.voices += 1));
    if (!this.secure) return;
    this.host = startHost(() => void this.refresh());
    try {
      await this.host.people.start(await persisted());
      await this.refresh();
    } catch (error) {
      this.broken = error instanceof HostError ? `${error.message} ${error.detail}` : String(error);
    }
  }

  async #watchBattery(): Promise<void> {
    const battery = await (navigator as { getBattery?: () => Promise<Battery> }).getBattery?.().catch(() => undefined);
    if (!battery) return;
    const read = () => { this.battery = battery.charging ? 1 : battery.level; };
    for (const name of ["levelchange", "chargingchange"]) battery.addEventListener(name, read);
    read();
  }

  async refresh(): Promise<void> {
    this.overview = await this.host.overview();
    this.version += 1;
  }

  /** Closes this person's names and asks who it is. */
  async handOn(): Promise<void> {
    await this.host.lock();
    this.somebodyElse = true;
    this.chosen = false;
    this.go({ at: "today" }, true);
  }

  go(route: Route, replace = false): void {
    const hash = write(route);
    if (replace) history.replaceState(null, "", hash);
    else if (location.hash !== hash) history.pushState(null, "", hash);
    this.route = route;
    scrollTo(0, 0);
  }

  #read(): void {
    if (this.respondent) return history.pushState(null, "", write(this.route));
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
  const tail = Object.values(rest).map((v) => encodeURIComponent(v === true ? "roster" : String(v)));
  return `#/${[at, ...tail].join("/")}`;
}

function read(hash: string): Route {
  const [at, a, b, c, d] = hash.replace(/^#\//, "").split("/").map(decodeURIComponent);
  const [ea, dwelling, household] = [Number(a), Number(b), Number(c)];
  switch (at) {
    case "area": case "map": case "place": return { at, ea };
    case "dwelling": return { at, ea, dwelling };
    case "visit": return { at, ea, dwelling, household, ...(d ? { outcome: Number(d) } : {}) };
    case "listing": return { at, ea, dwelling };
    case "household": return { at, ea, dwelling, household, ...(d ? { roster: true } : {}) };
    case "resume": return { at, key: a ?? "" };
    case "done": return { at, number: ea, ea: dwelling, dwelling: household, household: Number(d) };
    case "sent": case "settings": case "practice": case "deliver": return { at };
    default: return { at: "today" };
  }
}

export const app = new App();
