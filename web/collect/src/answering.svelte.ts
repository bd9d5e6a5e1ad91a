// What is answered on a screen, on its way to the engine and to the phone's storage: one thing after another, at once where
// nothing waits. The next question does not wait for the storage; the question after it does.

import { app } from "./app.svelte";
import type { Value } from "./engine";
import type { View } from "./host/views";
import { words } from "./words";

const PAUSE_MS = 400;

export class Answering {
  /** What went wrong last, in words. */
  problem = $state("");
  /** Everything given is on disk. */
  saved = $state(true);
  /** Answers as they were given on this screen: "12." stands there though the engine reads 12. */
  readonly #given = new Map<string, Value>();
  /** Answers that the engine has not taken yet, the last for each question. */
  readonly #ahead = new Map<string, Value>();
  #sending: Promise<unknown> = Promise.resolve();
  #storing: Promise<void> = Promise.resolve();
  /** The last try to store succeeded. */
  #stored = true;
  #waiting = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** `show` draws what the engine says; `redraw` what stands there already, with what was given. */
  constructor(private readonly show: (view: View) => void, private readonly redraw: () => void) {}

  async attempt(work: () => Promise<void>): Promise<void> {
    this.problem = "";
    try {
      await work();
    } catch (error) {
      const code = (error as Error).message;
      this.problem = words.t(words.has(code) ? code : "app/unexpected");
    }
  }

  /** What the person has given stands on the screen; what the engine says of an earlier key is older than it. */
  withGiven(view: View): View {
    const given = this.#given;
    if (given.size === 0) return view;
    const questions = view.screen.questions.map((q) => (given.has(q.path) ? { ...q, value: given.get(q.path) ?? null } : q));
    return { ...view, screen: { ...view.screen, questions } };
  }

  /** Another screen: nothing was given there. */
  clear(): void { this.#given.clear(); }

  /** Given, and on its way to the engine by another call. */
  give(path: string, value: Value): void { this.#given.set(path, value); }

  /** Every key reaches the engine, those pressed while it works together; a pause stores the draft. */
  answer(path: string, value: Value): void {
    this.saved = false;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.store(), PAUSE_MS);
    this.#ahead.set(path, value);
    this.#given.set(path, value);
    this.redraw();
    void this.inLine(async () => {
      const sent = this.#ahead.get(path);
      if (sent === undefined) return; // it went with an earlier key
      try {
        const next = await app.host.interviews.answer([{ path, value: sent }]);
        if (this.#ahead.get(path) === sent) this.#ahead.delete(path);
        this.show(next);
      } catch (error) {
        this.#ahead.delete(path);
        this.#given.delete(path);
        throw error;
      }
    });
  }

  /** Adds somebody or takes them off: whoever stands at a place now may be another. */
  person(work: () => Promise<View>): Promise<unknown> {
    return this.inLine(async () => {
      const next = await work();
      for (const path of this.#given.keys()) if (!this.#ahead.has(path)) this.#given.delete(path);
      this.show(next);
    });
  }

  /** Does this after everything that was given before it. */
  inLine(work: () => Promise<unknown>): Promise<unknown> {
    this.#waiting += 1;
    return this.#sending = this.#sending.then(() => this.attempt(async () => void (await work()))).then(() => { this.#waiting -= 1; });
  }

  /** Until the engine has everything that was given. */
  async settled(): Promise<void> {
    for (let last; last !== this.#sending; ) await (last = this.#sending);
  }

  /** Stores what was given. */
  store(): Promise<void> {
    clearTimeout(this.#timer);
    this.#waiting += 1;
    return this.#storing = this.#storing.then(() => this.settled()).then(() => this.attempt(async () => {
      this.#stored = false;
      await app.host.interviews.save();
      this.#stored = true;
      this.saved = this.#ahead.size === 0;
    })).then(() => { this.#waiting -= 1; });
  }

  /** Takes a step, which the worker stores: nothing comes of it when what was given before could not be stored. */
  async step<T extends View>(work: () => Promise<T>): Promise<T | undefined> {
    clearTimeout(this.#timer);
    if (this.#waiting > 0 || !this.#stored) {
      await this.settled();
      await this.#storing;
      if (!this.#stored) await this.store();
      if (!this.#stored) return undefined;
    }
    let view: T | undefined;
    await this.attempt(async () => { view = await work(); });
    return view;
  }

  /** The screen goes away. */
  end(): void {
    clearTimeout(this.#timer);
    void this.#sending.then(() => app.host.interviews.close()).then(() => app.refresh()).catch(() => undefined);
  }
}
