// What the collector's benchmark does inside the page. Each function is sent there whole and uses nothing outside itself.

/** Before the app runs: notes from when to when something was asked of the worker, and of what. */
export function count() {
  const spans = (globalThis.benchSpans = []);
  const Real = globalThis.Worker;
  globalThis.Worker = class extends Real {
    #asked = new Map();
    constructor(...args) {
      super(...args);
      this.addEventListener("message", ({ data }) => {
        const span = this.#asked.get(data.id);
        if (span) span.to = performance.now();
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
 * Waits until `selector` is on the screen. `total` is the time since `from`, with what was spent waiting for the worker
 * counted `throttle` times; `pin` is the part of it that derived the PIN's key.
 */
export async function waitFor({ selector, from, throttle }) {
  while (!document.querySelector(selector)) await new Promise((next) => requestAnimationFrame(next));
  await new Promise((next) => requestAnimationFrame(next));
  const now = performance.now();
  // Spans overlap: what is waited for twice at once is one wait.
  const spans = globalThis.benchSpans.filter((one) => one.to > from && one.from < now).sort((a, b) => a.from - b.from);
  let [waited, reached, pin] = [0, from, 0];
  for (const span of spans) {
    const [begin, end] = [Math.max(span.from, reached), Math.min(span.to, now)];
    if (end <= begin) continue;
    waited += end - begin;
    if (span.path === "unlock") pin += end - begin;
    reached = end;
  }
  return { total: now - from + waited * (throttle - 1), pin: pin * throttle };
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
    const spans = globalThis.benchSpans.filter((one) => one.from >= from && one.to <= now);
    const waited = spans.reduce((sum, one) => sum + one.to - one.from, 0);
    took.push(now - from + waited * (throttle - 1));
  }
  return { took, listed };
}
