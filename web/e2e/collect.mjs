// Drives the phone app in real Chromium at phone size against a running server: enrol, go offline, list a door, interview
// a household of three, close the browser in mid-interview, reopen offline, finish, go online, and wait for the receipt.
//
//   BASE_URL=http://127.0.0.1:8080 CODE=XXXX-XXXX SHOTS=target/shots node e2e/collect.mjs
//
// Exits non-zero at the first thing that is not as it should be. PROFILE keeps the browser's folder between runs.

import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { chromium } from "playwright-core";
import { findings } from "./axe.mjs";
import { type as write } from "./steps.mjs";

const { BASE_URL, CODE, SHOTS = "", PROFILE = "", LANGUAGE = "en-GB" } = process.env;
if (!BASE_URL || !CODE) {
  console.error("BASE_URL and CODE must be set, for example BASE_URL=http://127.0.0.1:8080 CODE=ABCD-EFGH");
  process.exit(2);
}

const PIN = "246813";
const PEOPLE = ["Wang Xiuying", "Wang Jun", "Wang Mei"];
const WAIT_MS = 20_000;
const STEPS_MAX = 120;
const profile = PROFILE || (await mkdtemp(join(tmpdir(), "quipu-collect-")));
if (SHOTS) await mkdir(SHOTS, { recursive: true });

/** What to answer, by the question's name; anything else gets its first choice, 1, or a word. */
const ANSWERS = {
  building_no: "1", dwelling_no: "1", kind: 0, occupancy: 0, households: "1", head_name: PEOPLE[0], landmark: "Blue gate behind the shop",
  h2_slept_here: "3", h2_registered_away: "0", h3_births_male: "0", h3_births_female: "0", h4_deaths_male: "0",
  h4_deaths_female: "0", h6_floor_area: "86", h7_rooms: "3", d3_id: null, d2_relationship: [0, 1, 2], d3_missing: 1,
  d4_sex: [1, 0, 1], d5_birth: [["1968", 3], ["1966", 7], ["1998", 11]], d9_time_away: 0, d11_education: 3,
};

/** What the camera gives: the smallest PNG there is. */
const PHOTO = Buffer.from("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg==", "base64");

let context;
let page;
let shots = 0;

async function open() {
  context = await chromium.launchPersistentContext(profile, {
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    headless: true,
    args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
      "--disable-component-update", "--disable-sync",
      // The demonstration's own authority is not known to this browser; a service worker needs a connection it trusts.
      ...(BASE_URL.startsWith("https:") ? ["--ignore-certificate-errors"] : [])],
    viewport: { width: 390, height: 844 },
    deviceScaleFactor: 2,
    hasTouch: true,
    isMobile: true,
    locale: LANGUAGE,
    permissions: ["geolocation"],
    geolocation: { latitude: 39.92, longitude: 116.42, accuracy: 8 },
    ignoreHTTPSErrors: true,
  });
  context.setDefaultTimeout(WAIT_MS);
  page = context.pages()[0] ?? (await context.newPage());
  page.on("pageerror", (error) => void fail(`the page threw: ${error.message}`));
  page.on("console", (message) => { if (message.type() === "error" && !/Failed to load resource|net::ERR/.test(message.text())) console.error(`  page: ${message.text()}`); });
}

/** Says what went wrong, keeps a picture of it, and ends. */
async function fail(why) {
  console.error(`FAILED: ${why.split("\n").slice(0, 4).join("\n")}`);
  await Promise.race([shot("failed"), new Promise((resolve) => setTimeout(resolve, 5000))]);
  process.exit(1);
}

/** Keeps a picture of the screen, which everybody must be able to use. */
async function shot(name) {
  if (name !== "failed") {
    const wrong = await findings(page);
    if (wrong.length > 0) await fail(`${name} is not accessible:\n  ${wrong.join("\n  ")}`);
  }
  if (SHOTS && page) await page.screenshot({ path: join(SHOTS, `${String(++shots).padStart(2, "0")}-${name}.png`) }).catch(() => undefined);
}

async function step(what, work) {
  const began = Date.now();
  await work().catch((error) => fail(`${what}: ${error.message}`));
  console.log(`ok  ${what} (${Date.now() - began} ms)`);
}

const button = (name) => page.getByRole("button", { name, exact: typeof name === "string" });
const text = async (wanted) => page.getByText(wanted).first().waitFor();

async function pin() {
  for (const digit of PIN) await button(digit).click();
}

/** Answers the question on the screen. `person` counts from 0. */
async function answer(field, person) {
  const name = await field.getAttribute("data-name");
  const type = await field.getAttribute("data-type");
  let wanted = ANSWERS[name];
  if (Array.isArray(wanted)) wanted = wanted[person] ?? wanted[0];
  if (wanted === null || type === "note") return;
  if (type === "image") {
    await field.locator("input[type=file]").setInputFiles({ name: "camera.png", mimeType: "image/png", buffer: PHOTO });
    await field.getByRole("img").waitFor();
    return;
  }
  if (type === "select_one") {
    const choice = field.getByRole("radio").nth(wanted ?? 0);
    if ((await choice.getAttribute("aria-checked")) !== "true") return void (await choice.click());
  } else if (type === "integer" || type === "decimal") {
    await field.getByRole("textbox").fill("");
    for (const digit of wanted ?? "1") await field.getByRole("button", { name: digit, exact: true }).click();
  } else if (type === "year_month" || type === "date") {
    const [year, month] = wanted ?? ["1980", 5];
    await field.getByRole("textbox").fill(year);
    await field.locator(".months button").nth(month - 1).click();
    if (type === "date") await field.locator(".days button").first().click();
  } else if (type === "text") {
    await write(field.getByRole("textbox"), wanted ?? "Shandong, Jinan, Lixia");
  } else if (type === "geopoint") {
    await field.getByRole("button").click();
    await field.getByText(/metres|米/).waitFor();
  }
}

/** Walks through a form until `stop` says so, or to its last screen. Returns the number of screens. */
async function walk(label, stop = async () => false) {
  const seen = new Set();
  for (let i = 0; i < STEPS_MAX; i++) {
    const screen = page.locator("main[data-screen]");
    await screen.waitFor();
    const kind = await screen.getAttribute("data-screen");
    if (kind === "end" || (await stop(screen))) return i;
    const before = await mark();
    if (kind === "roster") {
      for (let n = 0; n < PEOPLE.length; n++) {
        const names = screen.locator("ol input");
        if ((await names.count()) <= n) await button(/Add a person/).click();
        await write(names.nth(n), PEOPLE[n]);
      }
      await shot(`${label}-names`);
    } else {
      const person = Number(/Person (\d+)/.exec(await page.locator("header").innerText())?.[1] ?? 1) - 1;
      const fields = screen.locator("fieldset[data-name]");
      const name = await fields.first().getAttribute("data-name");
      const choice = (await fields.first().getAttribute("data-type")) === "select_one"; // it goes on by itself: picture first
      if (choice && !seen.has(name)) await shot(`${label}-${name}`);
      for (let f = 0; f < (await fields.count()); f++) await answer(fields.nth(f), person);
      if (!choice && !seen.has(name)) await shot(`${label}-${name}`);
      seen.add(name);
    }
    // A single choice goes on by itself; everything else waits for Next, and a check may ask once more.
    for (let tries = 0; tries < 40 && (await mark()) === before; tries++) {
      const keep = page.getByRole("button", { name: /They are sure|Go on;/ });
      if (await keep.isVisible()) { await shot(`${label}-check`); await keep.click(); }
      else if (tries % 5 === 1) await page.locator(".thumb .button:not([data-finish])").click({ timeout: 1000 }).catch(() => undefined);
      await page.waitForTimeout(100);
    }
    if ((await mark()) === before) await fail(`${label}: does not go on from ${before}`);
  }
  await fail(`${label}: no end after ${STEPS_MAX} screens`);
}

const mark = () => page.evaluate(() => {
  const main = document.querySelector("main[data-screen]");
  const field = main?.querySelector("fieldset[data-name]")?.getAttribute("data-name") ?? "";
  return `${main?.getAttribute("data-screen")} ${field} ${document.querySelector("header .name")?.textContent}`;
});

await open();

await step("opens and asks for the code", async () => {
  await page.goto(`${BASE_URL}/collect/`);
  await page.getByLabel("Your code").waitFor();
  await shot("welcome");
});
await step("enrols with the code from the letter's link", async () => {
  await page.goto("about:blank");
  await page.goto(`${BASE_URL}/collect/#code=${encodeURIComponent(CODE)}`);
  await button("Start").click();
  await text("Choose six digits");
  await shot("pin");
  await pin();
  await text("The same six digits again");
  await pin();
  await button("Open my area").waitFor();
  await shot("today-empty");
});
await step("keeps itself on the phone", async () => {
  // Not `controller`: a page that opens while the worker starts is its own until the next load.
  await page.evaluate(() => Promise.race([navigator.serviceWorker.ready, new Promise((_, late) => setTimeout(late, 15_000, "not kept"))]).then(() => undefined));
});
await step("opens again without a network", async () => {
  await context.setOffline(true);
  await page.reload();
  await text("Your six digits");
  await pin();
  await button("Open my area").click();
  await button(/Add a door/).waitFor();
  await shot("area-empty-offline");
});
await step("lists a door", async () => {
  await button(/Add a door/).click();
  await walk("listing");
  await shot("listing-end");
  await button("Finish").click();
  await button("Start interview").waitFor();
  await shot("dwelling");
});
await step("Today names the door as the one to visit next, and leads there", async () => {
  await page.evaluate(() => { location.hash = "#/today"; });
  await page.locator(".next .why.interview").waitFor();
  await shot("today-next");
  await page.locator(".next button.row").first().click();
  await button("Start interview").waitFor();
});
await step("interviews as far as the second person", async () => {
  await button("Start interview").click();
  await text("Who answers?");
  await shot("begin");
  await page.locator("[data-begin=member]").click();
  let people = 0;
  await walk("household", async () => {
    const where = await page.locator("header .name").innerText();
    if (/Person 2/.test(where)) people += 1;
    return people > 2;
  });
  await page.waitForTimeout(800);
  await shot("person-2");
});
await step("the browser is closed and opened again, still offline", async () => {
  await context.close();
  await open();
  await context.setOffline(true);
  await page.goto(`${BASE_URL}/collect/`);
  await text("Your six digits");
  await shot("locked");
  await pin();
  await text(/person 2.*Continue\?/);
  await shot("today-resume");
  await button("Continue").click();
  await page.locator("header .name", { hasText: "Person 2 of 3" }).waitFor();
});
await step("finishes the household", async () => {
  await walk("household-rest");
  await shot("household-end");
  await button("Finish").click();
  await text("Finished. Not sent yet");
  await shot("done-not-sent");
});
await step("goes online, sends, and shows the receipt", async () => {
  await context.setOffline(false);
  await page.getByRole("heading", { name: "Office has it" }).waitFor();
  await text("Receipt");
  await shot("done-office-has-it");
  await button("Back to today").click();
  await page.locator(".counts .has b").waitFor();
  const unsent = await page.locator(".counts span").first().locator("b").innerText();
  if (unsent !== "0") throw new Error(`${unsent} still not sent`);
  await page.waitForFunction(() => !document.body.innerText.includes("photo not sent"));
  await shot("today-done");
  await button("Open my area").click();
  await text("Office has it");
  await shot("area-done");
});

await context.close();
if (!PROFILE) await rm(profile, { recursive: true, force: true });
console.log("collector: enrolled, worked offline, lost nothing, receipt shown");
