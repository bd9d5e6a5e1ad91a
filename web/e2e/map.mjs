// Drives what the collector does beyond one household, in real Chromium against a census of its own: the map of the area
// without a network (blank, by steps, by positions, with the position refused), a door without an address in three taps,
// households split and merged, and a dormitory of 800.
//
//   QUIPU_BIN=target/debug/quipu SHOTS=target/shots node web/e2e/map.mjs
//
// BASE_URL and LISTEN as in sheet.mjs. Exits non-zero at the first thing that is not as it should be.

import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { chromium } from "playwright-core";
import { findings } from "./axe.mjs";
import { census } from "./census.mjs";
import { type as write } from "./steps.mjs";

const { SHOTS = "", BASE_URL, LISTEN } = process.env;
const PIN = "246813";
const HOME = { latitude: 47.25, longitude: 8.49 };
const METRES_A_DEGREE = 111_195;
/** So many metres north and east of home. */
const at = (north, east, accuracy = 8) => ({
  latitude: HOME.latitude + north / METRES_A_DEGREE,
  longitude: HOME.longitude + east / (METRES_A_DEGREE * Math.cos((HOME.latitude * Math.PI) / 180)), accuracy });
const PHOTO = Buffer.from("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg==", "base64");
if (SHOTS) await mkdir(SHOTS, { recursive: true });

const here = await census({ listen: LISTEN, app: BASE_URL });
const context = await chromium.launchPersistentContext(join(here.folder, "profile"), {
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  headless: true,
  args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
  viewport: { width: 360, height: 640 }, hasTouch: true, isMobile: true, locale: "en-GB",
});
context.setDefaultTimeout(20_000);
const page = context.pages()[0] ?? (await context.newPage());
page.on("pageerror", (error) => void fail(`the page threw: ${error.message}`));
const cdp = await context.newCDPSession(page);

async function fail(why) {
  console.error(`FAILED: ${why.split("\n").slice(0, 4).join("\n")}`);
  if (SHOTS) await page.screenshot({ path: join(SHOTS, "map-failed.png") }).catch(() => undefined);
  process.exit(1);
}
async function step(what, work) {
  const began = Date.now();
  await work().catch((error) => fail(`${what}: ${error.message}`));
  console.log(`ok  ${what} (${Date.now() - began} ms)`);
}
const equal = (is, should, what) => { if (is !== should) throw new Error(`${what} is ${is}, not ${should}`); };
const near = (is, should, share, what) => { if (!(Math.abs(is - should) <= Math.abs(should) * share)) throw new Error(`${what} is ${is}, not about ${should}`); };
const button = (name) => page.getByRole("button", { name, exact: typeof name === "string" });
const pin = async () => { for (const digit of PIN) await button(digit).click(); };
const speak = (language) => page.evaluate((to) => dispatchEvent(new StorageEvent("storage", { key: "quipu.language", newValue: to })), language);

/** Everybody can use the screen, in both directions of writing, and it fits. */
async function look(name) {
  for (const language of ["zh", "ar", "en"]) {
    await speak(language);
    await page.waitForTimeout(150);
    const wrong = await findings(page);
    if (wrong.length > 0) throw new Error(`${name} (${language}) is not accessible: ${wrong.join("; ")}`);
    if (await page.evaluate(() => document.scrollingElement.scrollWidth > document.documentElement.clientWidth + 1)) throw new Error(`${name} (${language}) is wider than the screen`);
    if (SHOTS) for (const [size, width, height] of [["phone", 360, 640], ["tablet", 800, 1100]]) {
      await page.setViewportSize({ width, height });
      await page.waitForTimeout(100);
      await page.screenshot({ path: join(SHOTS, `map-${name}-${language}-${size}.png`) });
    }
    await page.setViewportSize({ width: 360, height: 640 });
  }
}

/** A door without an address: three taps, and a note where one is given. Returns the taps. */
async function place(kind, { steps, photo, state } = {}) {
  let taps = 0;
  const tap = async (locator) => { await locator.click(); taps += 1; };
  await tap(button("No address"));
  await page.locator("[data-kind]").first().waitFor();
  if (steps) {
    await button(/count the steps/).click();
    await page.getByLabel("Steps", { exact: true }).fill(String(steps));
    await write(page.getByLabel("past", { exact: true }), "the well");
  }
  if (photo) {
    const [chooser] = await Promise.all([page.waitForEvent("filechooser"), tap(button("Photo of the entrance"))]);
    await chooser.setFiles({ name: "camera.png", mimeType: "image/png", buffer: PHOTO });
    await page.locator(".tile.have img").waitFor();
    await page.getByText(/Position found/).waitFor();
  }
  if (state) await button(state).click();
  await tap(page.locator(`[data-kind=${kind}]`));
  await page.locator("header .name", { hasText: /^Door/ }).waitFor();
  return taps;
}
const mark = (door) => page.locator(`[data-door="${door}"]`);
const backToMap = async () => { await page.locator("header button").first().click(); await button("Map").click(); await page.locator("[data-zoom]").waitFor(); };
const zoom = async () => Number(await page.locator("[data-zoom]").getAttribute("data-zoom"));
/** Where a mark is drawn, pixels. */
const spot = async (door) => mark(door).evaluate((one) => {
  const [, x, y] = /translate\(([-\d.]+) ([-\d.]+)\)/.exec(one.getAttribute("transform"));
  return { x: Number(x), y: Number(y) };
});

await step("enrols and loses the network", async () => {
  await page.goto(`${here.base}/collect/#code=${await here.codeOf("E-1")}`);
  await button("Start").click();
  await page.getByText("Choose six digits").waitFor();
  await pin();
  await page.getByText("The same six digits again").waitFor();
  await pin();
  await button("Open my area").first().waitFor();
  await page.evaluate(() => Promise.race([navigator.serviceWorker.ready, new Promise((_, late) => setTimeout(late, 15_000, "not kept"))]).then(() => undefined));
  await context.setOffline(true);
  await button("Open my area").first().click();
});
await step("a blank map: doors in their order, as far apart as the steps say", async () => {
  await place("improvised");
  await backToMap();
  await place("mobile", { steps: 20 });
  await backToMap();
  await place("conventional", { steps: 60, state: "Gone" });
  await backToMap();
  equal(await page.locator("[data-sketch]").getAttribute("data-sketch"), "true", "a sketch");
  const [one, two, three] = [await spot(1), await spot(2), await spot(3)];
  near((three.x - two.x) / (two.x - one.x), 3, 0.05, "60 steps beside 20");
  equal(await mark(3).getAttribute("data-coverage"), "gone", "a demolished house");
  equal(await mark(1).getAttribute("data-coverage"), "open", "a door nobody was at");
  await look("blank");
});
await step("the position is refused: why, the way back, and the map goes on", async () => {
  await button("Show me on the map").click();
  await page.getByText("The question looks about like this").waitFor();
  await look("ask");
  await cdp.send("Browser.setPermission", { permission: { name: "geolocation" }, setting: "denied", origin: here.base });
  await button("Continue").click();
  await page.getByText("Choose “Allow”, then come back here.").waitFor();
  await look("refused");
  await mark(2).waitFor();
});
await step("allowed: my position with its accuracy", async () => {
  await cdp.send("Browser.setPermission", { permission: { name: "geolocation" }, setting: "granted", origin: here.base });
  await context.setGeolocation(at(0, 0, 25));
  await button("Try again").click();
  const circle = page.locator("circle.accuracy");
  await circle.waitFor({ state: "attached" });
  equal(await circle.getAttribute("data-accuracy"), "25", "the accuracy");
  near(Number(await circle.getAttribute("r")), 25 * (await zoom()), 0.01, "its circle");
});
await step("a door without an address takes three taps, photo and point with it", async () => {
  equal(await place("improvised", { photo: true }), 3, "taps");
  await context.setGeolocation(at(0, 120));
  await backToMap();
  equal(await place("conventional", { photo: true }), 3, "taps");
  await backToMap();
  equal(await page.locator("[data-sketch]").getAttribute("data-sketch"), "false", "a sketch");
  equal(await mark(5).getAttribute("data-sure"), "true", "door 5 with a point");
  for (let i = 0; i < 8 && (await mark(4).count()) === 0; i++) await button("Closer").click(); // doors that touch are one mark
  const [four, five] = [await spot(4), await spot(5)];
  near(Math.hypot(five.x - four.x, five.y - four.y) / (await zoom()), 120, 0.05, "metres between doors 4 and 5");
});
await step("the walked way is drawn, and is there after the app was closed", async () => {
  for (const [north, east] of [[0, 90], [40, 90], [80, 90], [80, 40], [80, 0]]) {
    await context.setGeolocation(at(north, east));
    await page.waitForTimeout(250);
  }
  const unsent = () => page.evaluate(() => document.querySelector(".counts b")?.textContent ?? "");
  await page.locator("header button").first().click();
  await page.locator(".counts").waitFor();
  const before = await unsent();
  await page.reload();
  await page.getByText("Your six digits").waitFor();
  await pin();
  await page.locator(".counts").waitFor();
  equal(await unsent(), before, "what is to be sent after walking");
  await button("Open my area").first().click();
  await button("Map").click();
  await page.waitForFunction(() => (document.querySelector(".track")?.getAttribute("points")?.split(" ").length ?? 0) >= 5);
  await look("ground");
});
await step("fingers, buttons and keys move the map; a tap opens a door", async () => {
  const map = page.locator("[data-zoom]");
  await button("Show the whole area").click();
  const fitted = await zoom();
  await button("Closer").click();
  near(await zoom(), fitted * 1.6, 0.01, "closer by its button");
  await map.focus();
  await page.keyboard.press("-");
  near(await zoom(), (fitted * 1.6) / 1.5, 0.01, "further away by its key");
  const box = await map.boundingBox();
  const [x, y] = [box.x + box.width / 2, box.y + box.height / 2];
  const touch = (type, gap) => cdp.send("Input.dispatchTouchEvent", { type, touchPoints: gap ? [{ x: x - gap, y, id: 1 }, { x: x + gap, y, id: 2 }] : [] });
  const pinched = await zoom();
  await touch("touchStart", 30);
  for (const gap of [40, 50, 60]) await touch("touchMove", gap);
  await touch("touchEnd");
  near(await zoom(), pinched * 2, 0.1, "two fingers twice as far apart");
  await button("Show the whole area").click();
  near(await zoom(), fitted, 0.01, "the whole area");
  const target = await mark(5).locator("rect").first().boundingBox();
  await page.touchscreen.tap(target.x + target.width / 2, target.y + target.height / 2);
  await page.locator("header .name", { hasText: "Door 5" }).waitFor();
});
await step("a visit colours the door, and Today says whom to visit and how far it is", async () => {
  await context.setGeolocation(at(0, 0));
  await button("No interview today").click();
  await page.getByRole("radio", { name: /Nobody at home/ }).click();
  await page.locator(".thumb .button").click();
  // On a busy machine the visit is being kept for a while: the way back begins at the household.
  await page.getByRole("radio", { name: /Nobody at home/ }).waitFor({ state: "detached" });
  await backToMap();
  equal(await mark(5).getAttribute("data-coverage"), "waiting", "door 5 after a visit");
  await page.locator("header button").first().click();
  await page.locator(".next .far").first().waitFor();
  const lines = await page.locator(".next li").allInnerTexts();
  if (!/Door 5[\s\S]*120 m/.test(lines.join("\n"))) throw new Error(`Today does not say 120 m: ${lines.join(" | ")}`);
  await look("today-near");
  await button("Open my area").first().click();
});
await step("split and merged households keep their numbers", async () => {
  await page.locator("ul.rows button.row", { hasText: "Improvised shelter" }).first().click();
  await button("One household is really two").click();
  await look("split");
  await button("Make it two").click();
  await page.getByText("Two households are really one").waitFor();
  const numbers = async () => [...(await page.locator("main .card h1").allInnerTexts()).join(" ").matchAll(/Household (\d+)/g)].map(([, n]) => Number(n));
  const [first, second] = await numbers();
  await button("Two households are really one").click();
  await page.locator("[role=dialog] button.row").nth(1).click();
  await page.locator("[role=dialog] button.row").first().click();
  await look("merge");
  await button("Yes, they are one").click();
  await button("Another household lives here").click();
  await button("Yes, add it").click();
  await page.locator("[data-begin=member]").waitFor();
  await page.locator("header button").first().click();
  await button("Another household lives here").waitFor();
  const after = await numbers();
  equal(after.join(" "), [first, second, second + 1].join(" "), "the numbers");
  await page.locator("header button").first().click();
});
await step("a dormitory of 800: names from a list, one answer for all, finished", async () => {
  await context.setOffline(false);
  await place("collective");
  await button("Start interview").click();
  await page.locator("[data-begin=member]").click();
  await toNames();
  await write(page.locator("ol input").first(), "Zhang San");
  await page.keyboard.press("Enter");
  await page.waitForFunction(() => document.querySelectorAll("ol input").length === 2 && document.activeElement === document.querySelectorAll("ol input")[1]);
  await page.keyboard.type("Li Si");
  await look("names");
  await button("That is everybody").click();
  await page.locator("ul.rows li").nth(1).waitFor();
  await look("everybody");
  await page.locator("header button").first().click();
  await button("Paste a list").click();
  await page.locator("textarea").fill(Array.from({ length: 796 }, (_, i) => `${i + 1}. Student ${i + 1}`).join("\n"));
  await button("Add 796 people").click();
  await page.locator("[data-people='798']").waitFor();
  await button("Without names").click();
  await page.getByLabel(/not asked for a name/).fill("2");
  await button("Add 2 people").click();
  await page.locator("[data-people='800']").waitFor();
  await write(page.locator("ol input").last(), "The last one");
  await page.getByText("Saved").first().waitFor();
  await button("That is everybody").click();
  await page.locator("ul.rows li").nth(799).waitFor({ state: "attached" });
  await page.locator("select").selectOption({ label: "Sex?" });
  await page.locator(".card [role=radio]").first().click();
  await button("Keep for the 800 without an answer").click();
  await page.getByText("800 people have this answer now.").waitFor();
  await button("Go to the end").click();
  await page.locator("main[data-screen=end]").waitFor();
  await look("end");
  await page.locator("[data-finish]").click();
  await page.getByRole("heading", { name: "Office has it" }).waitFor();
});

await context.close();
await step("the office counts 800 men of the dormitory", async () => {
  const table = await here.sql("SELECT count(*) AS persons FROM person WHERE d4_sex = '1'");
  if (!/\b800\b/.test(table)) throw new Error(`SQL says ${table}`);
});
await here.stop();
console.log("map: blank, by steps and by positions, offline; a door in three taps; a dormitory of 800");
process.exit(0);

/** Answers the household's own questions as far as the names. */
async function toNames() {
  for (let i = 0; i < 30; i++) {
    const screen = page.locator("main[data-screen]");
    if ((await screen.getAttribute("data-screen")) === "roster") return;
    const field = screen.locator("fieldset[data-name]").first();
    const before = await field.getAttribute("data-name");
    if ((await field.getAttribute("data-type")) === "select_one") await field.getByRole("radio").nth(1).click();
    else await write(field.getByRole("textbox"), "8");
    for (let tries = 0; tries < 40; tries++) {
      const now = await page.evaluate(() => document.querySelector("main fieldset[data-name]")?.getAttribute("data-name") ?? "");
      if (now !== before) break;
      const keep = page.getByRole("button", { name: /They are sure|Go on;/ });
      if (await keep.isVisible()) await keep.click();
      else if (tries % 5 === 2) await page.locator(".thumb .button:not([data-finish])").click({ timeout: 1000 }).catch(() => undefined);
      await page.waitForTimeout(100);
    }
  }
  throw new Error("no list of people");
}
