// A person with the collector in Chromium: what several tests do with it. The browser is real, its storage a folder that may be
// opened again; its clock can be set wrong.

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { chromium } from "playwright-core";
import { type as write } from "./steps.mjs";

const WAIT_MS = 20_000;
const SCREENS_MAX = 60;
const ARGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"];
export const PIN = "246813";

export class BrowserPhone {
  /** Added to the clock of the page and of its worker, milliseconds. */
  #shift = 0;

  /** `camera`: a file of JPEG pictures one after another, which its camera sees. */
  static async open(url, { camera } = {}) {
    const phone = new BrowserPhone();
    phone.url = url;
    phone.args = camera ? [...ARGS, "--use-fake-device-for-media-stream", `--use-file-for-fake-video-capture=${camera}`] : ARGS;
    phone.profile = await mkdtemp(join(tmpdir(), "quipu-phone-"));
    await phone.boot();
    return phone;
  }

  /** Opens the browser on what the folder holds. */
  async boot() {
    this.context = await chromium.launchPersistentContext(this.profile, {
      executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", headless: true, args: this.args, locale: "en-GB", acceptDownloads: true,
      viewport: { width: 390, height: 844 }, permissions: ["geolocation", "camera"], geolocation: { latitude: 47.3, longitude: 8.5, accuracy: 8 },
    });
    this.context.setDefaultTimeout(WAIT_MS);
    this.page = this.context.pages()[0] ?? (await this.context.newPage());
    this.page.on("worker", (worker) => void worker.evaluate(wrong, this.#shift).catch(() => undefined));
    this.page.on("pageerror", (error) => { this.broken = error; });
  }

  /** Where the app is looked for from now on; cookies and storage belong to the address it was opened at. */
  async goto(hash = "") {
    await this.page.goto(`${this.url}/collect/${hash}`);
    await this.page.evaluate(wrong, this.#shift);
  }

  /** Sets the phone's clock so far from the true time. */
  async clock(shift_ms) {
    this.#shift = shift_ms;
    await this.page.evaluate(wrong, shift_ms);
    for (const worker of this.page.workers()) await worker.evaluate(wrong, shift_ms);
  }

  button(name) { return this.page.getByRole("button", { name, exact: typeof name === "string" }); }
  text(wanted) { return this.page.getByText(wanted).first().waitFor(); }
  async pin(digits = PIN) { for (const digit of digits) await this.button(digit).click(); }
  offline(is) { return this.context.setOffline(is); }

  /** Brings the phone in with the code of a letter; leaves the screen that asks for six digits. */
  async code(code) {
    await write(this.page.getByLabel("Your code"), code, 0);
    await this.button("Start").click();
    await this.text("Choose six digits");
  }

  async choosePin(digits = PIN) {
    await this.pin(digits);
    await this.text("The same six digits again");
    await this.pin(digits);
    await this.page.locator(".counts").waitFor();
  }

  async enrol(code) {
    await this.goto();
    await this.code(code);
    await this.choosePin();
    await this.kept();
  }

  async unlock(digits = PIN) {
    await this.text("Your six digits");
    await this.pin(digits);
    await this.page.locator(".counts").waitFor();
  }

  /** Until the app is on the phone and opens without a network. */
  kept() {
    return this.page.evaluate(() => Promise.race([navigator.serviceWorker.ready, new Promise((_, late) => setTimeout(late, 15_000, "not kept"))]).then(() => undefined));
  }

  at(hash) { return this.page.evaluate((to) => { location.hash = to; }, hash); }

  /** What Today says: pieces of finished work not sent, and with a receipt. */
  async sent() {
    const read = async (nth) => Number((await this.page.locator(".counts span").nth(nth).locator("b").innerText()).replace(/\D/g, ""));
    return { unsent: await read(0), office: await read(1) };
  }

  /** Waits until nothing finished is left here, asking again as a person would. */
  async sendAll(wait_ms = 60_000) {
    await this.at("#/today");
    const end = Date.now() + wait_ms;
    for (;;) {
      await this.page.locator(".counts").waitFor();
      const { unsent, office } = await this.sent();
      if (unsent === 0) return office;
      if (Date.now() > end) throw new Error(`${unsent} pieces of work still not sent`);
      await this.button("Send now").click({ timeout: 300 }).catch(() => undefined);
      await this.page.waitForTimeout(200);
    }
  }

  /** Lists one door with one household. */
  async listDoor() {
    await this.at("#/today");
    await this.button("Open my area").first().click();
    await this.button(/Add a door/).click();
    if (!(await this.walk())) throw new Error("the listing has no end");
    await this.button("Finish").click();
    await this.button("Start interview").waitFor();
  }

  /** Interviews the household of the door on the screen, to its end or as far as so many screens. */
  async interview(name, screens) {
    await this.button("Start interview").click();
    await this.page.locator("[data-begin=member]").click();
    if (!(await this.walk(screens, name))) return false;
    await this.finish();
    return true;
  }

  /** Finishes the household whose last screen is shown. */
  async finish() {
    await this.button("Finish").click();
    await this.page.getByRole("heading", { name: /Finished\. Not sent yet|Office has it/ }).waitFor();
  }

  /** A visit at the first door: the shortest piece of finished work. */
  async visit() {
    await this.at("#/today");
    await this.button("Open my area").first().click();
    await this.page.locator("ul.rows button.row").first().click();
    await this.button("Correct this door").waitFor();
    await this.page.evaluate(() => { location.hash = `${location.hash.replace("dwelling", "visit")}/1`; });
    await this.page.getByRole("radio").first().click();
    await this.page.locator(".thumb .button").click();
    await this.button("Correct this door").waitFor();
  }

  /** Answers until the last screen (true) or so many of them; see `walk` below. */
  walk(screens, name) { return walk(this.page, screens, name); }

  /** Answers the question on the screen and asks for the next, once. */
  async next() {
    const fields = this.page.locator("main[data-screen=question] fieldset[data-name]");
    await fields.first().waitFor();
    for (const field of await fields.all()) await answer(field);
    await this.page.waitForTimeout(100);
    await this.page.locator(".thumb .button").click();
  }

  /** Closes the browser; the folder stays. */
  close() { return this.context.close(); }

  async remove() {
    await this.close().catch(() => undefined);
    await rm(this.profile, { recursive: true, force: true });
  }
}

/** Answers with the first choice, `1` or a word, until the last screen (true) or `screens` of them. */
export async function walk(page, screens = SCREENS_MAX, name = "Zhao Yun") {
  const mark = () => page.evaluate(where);
  for (let i = 0; i < screens; i++) {
    const screen = page.locator("main[data-screen]");
    await screen.waitFor();
    const kind = await screen.getAttribute("data-screen");
    if (kind === "end") return true;
    const before = await mark();
    if (kind === "roster") {
      if ((await screen.locator("ol input").count()) === 0) await page.getByRole("button", { name: /Add a person/ }).click();
      await write(screen.locator("ol input").first(), name);
    } else {
      // A choice goes on by itself: the screen that was read may be gone when it is answered.
      const answered = (async () => { for (const field of await screen.locator("fieldset[data-name]").all()) await answer(field); })();
      await answered.catch(async (error) => { if ((await mark()) === before) throw error; });
    }
    for (let tries = 0; tries < 160 && (await mark()) === before; tries++) {
      const keep = page.getByRole("button", { name: /They are sure|Go on;/ });
      if (await keep.isVisible()) await keep.click({ timeout: 1000 }).catch(() => undefined);
      else if (tries % 20 === 2) await page.evaluate(`(${goOn})(${where}, ${JSON.stringify(before)})`);
      await page.waitForTimeout(25);
    }
    if ((await mark()) === before) throw new Error(`does not go on from ${before}`);
  }
  return false;
}

/** In the page: asks for the next screen, while this one is shown; a click that waits would be one at the next. */
function goOn(where, from) {
  if (where() === from) document.querySelector(".thumb .button:not(:disabled)")?.click();
}

/** In the page: which screen is shown. */
function where() {
  const main = document.querySelector("main[data-screen]");
  const field = main?.querySelector("fieldset[data-name]")?.getAttribute("data-name") ?? "";
  return `${main?.getAttribute("data-screen")} ${field} ${document.querySelector("header .name")?.textContent}`;
}

async function answer(field) {
  const type = await field.getAttribute("data-type");
  if (type === "select_one") {
    const choice = field.getByRole("radio").first();
    if ((await choice.getAttribute("aria-checked", { timeout: 5000 })) !== "true") await choice.click({ timeout: 5000 });
  } else if (type === "integer" || type === "decimal") {
    if ((await field.getByRole("textbox").inputValue()) === "") await field.getByRole("button", { name: "1", exact: true }).click();
  } else if (type === "year_month" || type === "date") {
    await field.getByRole("textbox").fill("1970");
    await field.locator(".months button").first().click();
    if (type === "date") await field.locator(".days button").first().click();
  } else if (type === "text") await write(field.getByRole("textbox"), "Shandong, Jinan");
}

/** Runs in the page and in its worker: their clock is so far off from now on. */
function wrong(shift_ms) {
  const scope = globalThis;
  scope.trueDate ??= Date;
  const True = scope.trueDate;
  scope.Date = class extends True {
    constructor(...given) { given.length === 0 ? super(True.now() + shift_ms) : super(...given); }
    static now() { return True.now() + shift_ms; }
  };
}
