// Two tabs of one phone, in real Chromium against a running server: the second tab steps aside, may take the work over,
// and finishes what the first began; the first one is told and writes nothing. Then once more where the browser has no
// locks (old WebViews), so that only the storage keeps the tabs apart. Each household ends with one receipt.
//
//   BASE_URL=http://127.0.0.1:8080 PROFILE=folder-of-collect.mjs node e2e/tabs.mjs
//
// Exits non-zero at the first thing that is not as it should be. Prints the numbers of the two households it finished.

import { join } from "node:path";
import { chromium } from "playwright-core";
import { PIN, walk } from "./phone.mjs";
import { steps } from "./steps.mjs";

const { BASE_URL, PROFILE, SHOTS = "" } = process.env;
if (!BASE_URL || !PROFILE) {
  console.error("BASE_URL and PROFILE must be set");
  process.exit(2);
}

const WAIT_MS = 20_000;
let context;

async function open({ locks }) {
  context = await chromium.launchPersistentContext(PROFILE, {
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    headless: true,
    args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
      "--disable-component-update", "--disable-sync"],
    viewport: { width: 390, height: 844 }, deviceScaleFactor: 2, hasTouch: true, isMobile: true, locale: "en-GB",
    permissions: ["geolocation"], geolocation: { latitude: 39.92, longitude: 116.42, accuracy: 8 },
  });
  context.setDefaultTimeout(WAIT_MS);
  // The app writes from a worker, where a page's init script does not reach: the worker's own source is changed.
  if (!locks) {
    // And it must come from the server for that, not from the kept copy.
    const plain = context.pages()[0] ?? (await context.newPage());
    await plain.goto(`${BASE_URL}/healthz`);
    await plain.evaluate(async () => { for (const kept of await navigator.serviceWorker.getRegistrations()) await kept.unregister(); });
    await context.addInitScript(() => { ServiceWorkerContainer.prototype.register = () => new Promise(() => undefined); });
    await context.route(/worker.*\.js/, async (route) => {
      const reply = await route.fetch();
      await route.fulfill({ response: reply, body: `Object.defineProperty(navigator, "locks", { value: undefined });${await reply.text()}` });
    });
  }
}

let page;
const step = steps("tabs", () => page, (status) => process.exit(status));
const shot = (name) => SHOTS ? page.screenshot({ path: join(SHOTS, `tabs-${name}.png`) }) : undefined;
const button = (name, on = page) => on.getByRole("button", { name, exact: typeof name === "string" });
const text = (wanted, on = page) => on.getByText(wanted).first().waitFor();

async function tab() {
  const opened = await context.newPage();
  opened.on("pageerror", (error) => { console.error(`FAILED: the page threw: ${error.message}`); process.exit(1); });
  await opened.goto(`${BASE_URL}/collect/`);
  return opened;
}

async function unlock(on) {
  await text("Your six digits", on);
  for (const digit of PIN) await button(digit, on).click();
  await button("Open my area", on).waitFor();
}

async function listDoor(on) {
  await button("Open my area", on).click();
  await button(/Add a door/, on).click();
  if (!(await walk(on))) throw new Error("the listing has no end");
  await button("Finish", on).click();
  await button("Start interview", on).waitFor();
}

await open({ locks: true });
await step("the first tab lists a door and begins an interview", async () => {
  page = await tab();
  await unlock(page);
  await listDoor(page);
  await button("Start interview").click();
  await page.locator("[data-begin=member]").click();
  await walk(page, 4);
  await page.waitForTimeout(800);
});
const first = page;
await step("the second tab steps aside", async () => {
  page = await tab();
  await text("Open in another window");
  await shot("aside");
});
await step("it takes the work over and finishes the household", async () => {
  await button("Use it here").click();
  await unlock(page);
  await button("Continue").click();
  if (!(await walk(page))) throw new Error("the interview has no end");
});
await step("the first tab says so and writes nothing", async () => {
  await text("Open in another window", first);
});
await step("one receipt", async () => {
  await button("Finish").click();
  await page.getByRole("heading", { name: "Office has it" }).waitFor();
  await shot("receipt");
});
await context.close();

await open({ locks: false });
await step("without locks, both tabs write: each one's doors are kept, under numbers of their own", async () => {
  const [one, two] = [await tab(), await tab()];
  for (const [on, work] of [[one, unlock], [two, unlock], [one, listDoor], [two, listDoor]]) {
    page = on;
    await page.bringToFront(); // as a person would; a hidden tab does not draw
    await work(page);
  }
  await shot("no-locks");
});
await step("the household begun in one is finished in it", async () => {
  await button("Start interview").click();
  await page.locator("[data-begin=member]").click();
  if (!(await walk(page))) throw new Error("the interview has no end");
  await button("Finish").click();
  await page.getByRole("heading", { name: "Office has it" }).waitFor();
});
await context.close();
console.log("tabs: two tabs lost nothing and counted nothing twice");
