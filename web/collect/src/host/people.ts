// The people who share this phone: a store each, with its own keys and PIN. One is at work; the stores of the others stay
// closed for reading, and their finished work goes out whenever somebody's does.
//
// Stores are named by number and never removed: what lies in one may not be at the office yet. How many there are, and
// whose turn it was last, the first store says. Start at `start`.

import { loadEngine, type Engine } from "../engine";
import { Host } from "./host";
import type { Person } from "./views";

const LOCK = "quipu-collect";
const store = (number: number): string => (number === 1 ? "quipu-collect" : `quipu-collect-${number}`);

export class People {
  #engine!: Engine;
  #hosts: Host[] = [];
  #current = 0;
  #elsewhere = false;
  #persisted = true;

  /** `changed` is called when a screen should ask again. */
  constructor(readonly changed: () => void) {}

  /** Opens engine and stores, and takes the lock that keeps a second tab from writing. */
  async start(persisted: boolean): Promise<void> {
    this.#persisted = persisted;
    const engine = loadEngine().then((engine) => { this.#engine = engine; });
    const [first] = await Promise.all([this.#open(1, engine), this.#takeLock(false), engine]);
    const stores = (await first.kept<number>("stores")) ?? 1;
    for (let number = 2; number <= stores; number++) await this.#open(number, engine);
    this.#current = Math.min((await first.kept<number>("lastStore")) ?? 0, stores - 1);
  }

  get engine(): Engine { return this.#engine; }
  /** Another tab has the work. */
  get elsewhere(): boolean { return this.#elsewhere; }
  get persisted(): boolean { return this.#persisted; }

  /** Whose turn it is. */
  get host(): Host { return this.#hosts[this.#current] as Host; }

  /** Everybody who has entered a code here. */
  all(): Person[] {
    return this.#hosts.flatMap((host, index) => {
      const enrolment = host.enrolment();
      return enrolment ? [{ index, name: enrolment.staffName, unsent: host.phone.outbox().count, current: index === this.#current }] : [];
    });
  }

  /** Closes one person's names and drafts and asks the next for theirs. */
  async choose(index: number): Promise<void> {
    if (!this.#hosts[index]) throw new Error("app/unexpected");
    await this.host.lock();
    this.#current = index;
    await this.#hosts[0]?.keep({ lastStore: index });
    this.changed();
  }

  /** A store for one more person; one that was begun and has no code yet is used first. */
  async another(): Promise<void> {
    let index = this.#hosts.findIndex((host) => !host.enrolment());
    if (index < 0) {
      index = this.#hosts.length;
      await this.#hosts[0]?.keep({ stores: index + 1 });
      await this.#open(index + 1, Promise.resolve());
    }
    await this.choose(index);
  }

  /** Somebody's sync went through: so does what the others have finished. */
  async synced(by: Host): Promise<void> {
    for (const host of this.#hosts) if (host !== by && host.waits) await host.sync(true);
  }

  /** Moves the work into this tab; the other one stops writing. Whoever holds the phone now may be a resident whom the
   *  other tab was locked for: the six digits are asked for again. */
  async takeOver(): Promise<void> {
    await this.#takeLock(true);
    for (const host of this.#hosts) {
      host.interviews.drop();
      await host.lock();
    }
    this.changed();
  }

  /** Another tab writes now. */
  lost(): void {
    this.#elsewhere = true;
    this.changed();
  }

  async #open(number: number, engine: Promise<unknown>): Promise<Host> {
    const host = new Host(this);
    await host.open(store(number), engine);
    this.#hosts.push(host);
    return host;
  }

  async #takeLock(steal: boolean): Promise<void> {
    if (!navigator.locks) return; // the generation check in the store still keeps two tabs apart
    await new Promise<void>((decided) => {
      navigator.locks.request(LOCK, steal ? { steal } : { ifAvailable: true }, (lock) => {
        this.#elsewhere = lock === null;
        decided();
        return lock ? new Promise<void>(() => undefined) : undefined;
      }).catch(() => this.lost());
    });
  }
}
