// What the collector's benchmark does inside the page. Each function is sent there whole and uses nothing outside itself.

/**
 * Before the app runs: has the worker note when it works on what. The worker itself does, since the page, slowed, hears of it
 * late, and that is no work of the worker's. Needs a page whose policy lets a worker begin as a blob.
 */
export function count() {
  const spans = (globalThis.benchSpans = []);
  /**
   * For how long the worker was at what the page has an answer to, between two times; of it, how long at the PIN's key. At two
   * things at once is once.
   */
  globalThis.benchWorked = (from, to) => {
    let [worked, reached, pin] = [0, from, 0];
    for (const span of spans.filter((one) => Number.isFinite(one.to) && one.to > from && one.from < to).sort((a, b) => a.from - b.from)) {
      const [begin, end] = [Math.max(span.from, reached), Math.min(span.to, to)];
      if (end <= begin) continue;
      worked += end - begin;
      if (span.path === "unlock") pin += end - begin;
      reached = end;
    }
    return { worked, pin };
  };
  const Real = globalThis.Worker;
  const inWorker = async (origin, real) => {
    const [begun, early] = [new Map(), []];
    let loaded = false;
    const [post, load] = [self.postMessage.bind(self), self.fetch.bind(self)];
    self.addEventListener("message", (event) => {
      begun.set(event.data.id, performance.timeOrigin + performance.now());
      if (!loaded) early.push(event); // nobody else listens yet
    });
    self.postMessage = (answer, ...rest) => {
      const span = [begun.get(answer.id), performance.timeOrigin + performance.now()];
      begun.delete(answer.id);
      post("id" in answer ? { ...answer, span } : answer, ...rest);
    };
    // A blob has no address that another could be relative to.
    self.fetch = (what, ...rest) => load(typeof what === "string" ? new URL(what, origin).href : what, ...rest);
    await import(real);
    loaded = true;
    early.forEach((event) => self.onmessage(event));
  };
  globalThis.Worker = class extends Real {
    #asked = new Map();
    constructor(url, options) {
      const script = `(${inWorker})(${[location.href, new URL(url, location.href).href].map((one) => JSON.stringify(one))});`;
      super(URL.createObjectURL(new Blob([script], { type: "text/javascript" })), options);
      this.addEventListener("message", ({ data }) => {
        if (!data.span) return;
        const [from, to] = data.span.map((at) => at - performance.timeOrigin);
        Object.assign(this.#asked.get(data.id) ?? {}, { from, to });
        this.#asked.delete(data.id);
      });
    }

    postMessage(call, ...rest) {
      const span = { path: call.path, from: performance.now(), to: Infinity };
      this.#asked.set(call.id, span);
      spans.push(span);
      super.postMessage(call, ...rest);
    }
  };
}

/**
 * Waits until `selector` is on the screen. `total` is the time since `from`, with what the worker did meanwhile
 * counted `throttle` times; `pin` is the part of it that derived the PIN's key.
 */
export async function waitFor({ selector, from, throttle }) {
  while (!document.querySelector(selector)) await new Promise((next) => requestAnimationFrame(next));
  await new Promise((next) => requestAnimationFrame(next));
  const now = performance.now();
  const { worked, pin } = globalThis.benchWorked(from, now);
  return { total: now - from + worked * (throttle - 1), pin: pin * throttle };
}

/** Walks through the interview with a roster of so many; the times from what goes on to the next screen. */
export async function answerAll({ persons, throttle }) {
  const frame = () => new Promise((next) => requestAnimationFrame(next));
  const main = () => document.querySelector("main[data-screen]");
  const mark = () => `${main()?.dataset.screen} ${main()?.querySelector("fieldset")?.dataset.name} ${document.querySelector("header .name")?.textContent}`;
  const type = (field, text) => {
    field.value = text;
    field.dispatchEvent(new Event("input", { bubbles: true }));
  };
  const took = [];
  let listed = 0;
  for (let step = 0; step < 2000 && main() && main().dataset.screen !== "end"; step++) {
    if (main().dataset.screen === "roster") {
      while (main().querySelectorAll("ol input").length < persons && main().querySelector(":scope > .button.second")) {
        const before = main().querySelectorAll("ol input").length;
        main().querySelector(":scope > .button.second").click();
        for (let i = 0; i < 300 && main().querySelectorAll("ol input").length === before; i++) await frame();
      }
      main().querySelectorAll("ol input").forEach((field, at) => type(field, `Person ${at + 1}`));
      listed = Math.max(listed, main().querySelectorAll("ol li").length);
    }
    // Nobody has read a question the moment it stands there.
    for (let i = 0; i < 6; i++) await frame();
    const before = mark();
    let from;
    for (const field of main().querySelectorAll("fieldset[data-name]")) {
      const kind = field.dataset.type;
      if (kind === "integer" || kind === "decimal") [...field.querySelectorAll(".pad button")].find((one) => one.textContent === "1")?.click();
      else if (kind === "date" || kind === "year_month") {
        type(field.querySelector("input"), "1980");
        await frame();
        field.querySelector(".months button")?.click();
        await frame();
        field.querySelector(".days button")?.click();
      } else if (kind === "text" && field.querySelector("input, textarea")) type(field.querySelector("input, textarea"), "Li");
      else if (kind === "select_one") {
        const choice = field.querySelector("[role=radio]");
        if (choice?.getAttribute("aria-checked") === "true") continue;
        from = performance.now();
        choice?.click();
        if (main().querySelectorAll("fieldset").length > 1) continue;
        // One choice alone goes on by itself.
        for (let i = 0; i < 120 && mark() === before; i++) await frame();
      } else if (kind === "select_multiple") field.querySelector("[role=checkbox]")?.click();
    }
    if (mark() === before) for (let i = 0; i < 12; i++) await frame(); // the pause after which typing is taken
    let pressed;
    for (let i = 0; i < 600 && mark() === before; i++) {
      // A check asks whether they are sure: they are. Of many people there is a table: from its first line on, one by one.
      const button = main().querySelector(".choices > .button.second")
        ?? (main().querySelector("[data-done]") ? main().querySelector("ul.rows button.row") : document.querySelector(".thumb .button:not(:disabled)"));
      if (button && button !== pressed) {
        from = performance.now();
        (pressed = button).click();
      }
      await frame();
    }
    if (mark() === before) break;
    const now = performance.now();
    const { worked } = globalThis.benchWorked(from, now);
    took.push(now - from + worked * (throttle - 1));
  }
  return { took, listed };
}
