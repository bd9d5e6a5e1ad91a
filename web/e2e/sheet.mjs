// A contact sheet: every screen of the collector in every language, at phone and tablet size, photographed from a census of
// its own whose household form has every kind of question. Each screen is tried by axe, and at 200 % text for anything cut off.
//
//   QUIPU_BIN=target/debug/quipu SHOTS=target/shots/sheet node web/e2e/sheet.mjs
//
// BASE_URL is where the app is served when that is not the census itself (LISTEN). Opens with target/shots/sheet/index.html.
// Exits non-zero when a screen is not accessible or does not fit.

import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { chromium } from "playwright-core";
import { findings } from "./axe.mjs";
import { census } from "./census.mjs";

const { SHOTS = "target/shots/sheet", LISTEN, BASE_URL, LANGUAGES = "zh,en,ar" } = process.env;
const SIZES = { phone: { width: 360, height: 640 }, tablet: { width: 800, height: 1100 } };
const PIN = "246813";
const PHOTO = Buffer.from("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg==", "base64");
/** A pack of recordings with one: the title of practice's story is not in it, so only what is recorded has a button. */
const PACK = Buffer.from(JSON.stringify({ format: "quipu-audio/1", language: "en", sounds: {
  [JSON.parse(await readFile("web/collect/src/i18n/en.json", "utf8"))["begin.notice"]]: silence().toString("base64") } }));

const wrong = [];
const names = [];
const languages = LANGUAGES.split(",");
await mkdir(SHOTS, { recursive: true });

const { base, folder, codeOf, stop } = await census({ household: "web/e2e/kinds.md", listen: LISTEN, app: BASE_URL });

/** A tenth of a second of nothing, as WAV. */
function silence() {
  const wav = Buffer.alloc(44 + 800, 128);
  wav.write("RIFF", 0); wav.writeUInt32LE(36 + 800, 4); wav.write("WAVEfmt ", 8); wav.writeUInt32LE(16, 16);
  wav.writeUInt16LE(1, 20); wav.writeUInt16LE(1, 22); wav.writeUInt32LE(8000, 24); wav.writeUInt32LE(8000, 28);
  wav.writeUInt16LE(1, 32); wav.writeUInt16LE(8, 34); wav.write("data", 36); wav.writeUInt32LE(800, 40);
  return wav;
}

// -- photographs

let page;
let photographing = true;
async function open(profile) {
  const context = await chromium.launchPersistentContext(join(folder, profile), {
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    headless: true,
    args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update",
      "--disable-sync", "--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream"],
    viewport: SIZES.phone, hasTouch: true, isMobile: true, locale: "en-GB",
    permissions: ["geolocation", "camera", "microphone"], geolocation: { latitude: 39.92, longitude: 116.42, accuracy: 8 },
  });
  context.setDefaultTimeout(8000);
  page = context.pages()[0] ?? (await context.newPage());
  page.on("pageerror", (error) => wrong.push(`the page threw: ${error.message}`));
  return context;
}

const speak = (language) => page.evaluate((to) => dispatchEvent(new StorageEvent("storage", { key: "quipu.language", newValue: to })), language);
const settle = () => page.waitForTimeout(150);

/** The screen as it is, in every language and size; English at phone size is left on. */
async function snap(name) {
  if (!photographing) return;
  names.push(name);
  for (const [size, viewport] of Object.entries(SIZES)) {
    await page.setViewportSize(viewport);
    for (const language of languages) {
      await speak(language);
      await settle();
      const where = `${name} (${language}, ${size})`;
      if (size === "phone") for (const finding of await findings(page)) wrong.push(`${where}: ${finding}`);
      if (await tooWide()) wrong.push(`${where}: wider than the screen`);
      await page.screenshot({ path: join(SHOTS, `${name}-${language}-${size}.png`) });
    }
  }
  await page.setViewportSize(SIZES.phone);
  await speak("en");
  await page.evaluate(() => document.documentElement.style.setProperty("font-size", "200%"));
  await settle();
  if (await tooWide()) wrong.push(`${name} (200 % text): wider than the screen`);
  await page.screenshot({ path: join(SHOTS, `${name}-en-large.png`) });
  await page.evaluate(() => document.documentElement.style.removeProperty("font-size"));
  await settle();
}

const tooWide = () => page.evaluate(() => document.scrollingElement.scrollWidth > document.documentElement.clientWidth + 1);
const button = (name) => page.getByRole("button", { name, exact: typeof name === "string" });
const pin = async () => { for (const digit of PIN) await button(digit).click(); };
const go = (hash) => page.evaluate((to) => { location.hash = to; }, hash);

async function enrol(staff) {
  await page.goto(`${base}/collect/#code=${await codeOf(staff)}`);
  await button("Start").click();
  await page.getByText("Choose six digits").waitFor();
  if (staff === "E-1") await snap("pin");
  await pin();
  await page.getByText("The same six digits again").waitFor();
  await pin();
  await page.locator(".counts").waitFor();
  await page.locator(".card .button").first().waitFor();
}

/** Draws a tick. */
async function draw() {
  const box = await page.locator("canvas").boundingBox();
  await page.mouse.move(box.x + 30, box.y + 40);
  await page.mouse.down();
  await page.mouse.move(box.x + 130, box.y + 90, { steps: 4 });
  await page.mouse.move(box.x + 190, box.y + 30, { steps: 4 });
  await page.mouse.up();
}

/** Answers by the type of a question; photographs what it looks like half way where that is another picture. */
const BY_TYPE = {
  async select_one(field) {
    if (await field.locator("select").count()) await field.locator("select").selectOption({ index: 1 });
    else await field.getByRole("radio").first().click();
  },
  async select_multiple(field) { await field.getByRole("checkbox").first().click(); },
  async acknowledge(field) { await field.getByRole("checkbox").click(); },
  async rank(field) { for (const i of [2, 0, 1]) await field.locator(".choice").nth(i).click(); },
  async integer(field, name) {
    if (await field.getByRole("radio").count()) return field.getByRole("radio").nth(4).click();
    if (await field.getByRole("textbox").inputValue() === "") await field.getByRole("button", { name: { rooms: "9", households: "1" }[name] ?? "2", exact: true }).click();
  },
  async date(field, name) {
    if (name === "built") {
      for (const way of ["Age", "Animal year", "Lunar date"]) {
        await field.getByRole("button", { name: way }).click();
        if (way === "Age") { for (const digit of "52") await field.getByRole("button", { name: digit, exact: true }).click(); await field.getByRole("button", { name: "Work it out" }).click(); }
        if (way === "Animal year") { await field.getByRole("button", { name: "Monkey" }).click(); await snap("date-animal"); await field.getByRole("button", { name: /1968/ }).click(); }
        if (way === "Lunar date") {
          for (const digit of "1968") await field.getByRole("button", { name: digit, exact: true }).click();
          await field.getByRole("button", { name: "Month 8", exact: true }).click();
          await snap("date-lunar-day");
          await field.getByRole("button", { name: "15", exact: true }).click();
        }
        // What was worked out, by the almanac.
        await field.getByText({ Age: "November 2, 1967 to November 1, 1968", "Animal year": "January 30, 1968 to February 16, 1969", "Lunar date": "October 6, 1968" }[way]).waitFor();
        await snap(`date-${way.split(" ")[0].toLowerCase()}-said`);
        if (way !== "Lunar date") await field.locator(".path button").first().click();
      }
      return;
    }
    await field.getByRole("textbox").fill("1968");
    if (!(await field.locator(".months button").count())) return;
    if (name === "birth") await snap("date-month");
    await field.locator(".months button").nth(2).click();
    if (!(await field.locator(".days button").count())) return;
    if (name === "birth") await snap("date-day");
    await field.locator(".days button").nth(20).click();
  },
  async time(field) { for (const digit of "1830") await field.getByRole("button", { name: digit, exact: true }).click(); },
  async date_time(field) { await BY_TYPE.date(field, ""); await BY_TYPE.time(field); },
  async geopoint(field) { await field.getByRole("button").first().click(); await field.getByRole("status").waitFor(); },
  async geotrace(field) {
    for (let i = 1; i <= 3; i++) { await field.getByRole("button").first().click(); await field.getByText(i === 1 ? "1 point" : `${i} points`, { exact: true }).waitFor(); }
  },
  async image(field, name) {
    if (await field.locator("canvas").count()) { await draw(); await field.getByRole("button", { name: "Keep" }).click(); }
    else await field.locator("input[type=file]").setInputFiles({ name: "camera.png", mimeType: "image/png", buffer: PHOTO });
    await field.getByRole("img").first().waitFor();
    await snap(`answered-${name}`);
  },
  async audio(field) {
    await field.getByRole("button", { name: "Record", exact: true }).click();
    await field.getByText(/Recording/).waitFor();
    await snap("audio-recording");
    await field.getByRole("button", { name: "Stop and keep it" }).click();
    await field.getByText("The recording is kept").waitFor();
  },
  async file(field) {
    await field.locator("input[type=file]").setInputFiles({ name: "a.mp4", mimeType: "video/mp4", buffer: Buffer.alloc(2000) });
    await field.getByText(/is kept/).waitFor();
  },
  async text(field) { await field.getByRole("textbox").fill("Blue gate behind the shop"); },
};
Object.assign(BY_TYPE, { decimal: BY_TYPE.integer, year_month: BY_TYPE.date, geoshape: BY_TYPE.geotrace, video: BY_TYPE.file });

const mark = () => page.evaluate(() => {
  const main = document.querySelector("main[data-screen]");
  return `${main?.getAttribute("data-screen")} ${main?.querySelector("fieldset")?.getAttribute("data-name") ?? ""} ${document.querySelector("header .name")?.textContent}`;
});

async function walk(prefix, photographed = true) {
  photographing = photographed;
  await answerAll(prefix);
  photographing = true;
}

async function answerAll(prefix) {
  for (let i = 0; i < 80; i++) {
    const screen = page.locator("main[data-screen]");
    await screen.waitFor();
    const kind = await screen.getAttribute("data-screen");
    if (kind === "end") return;
    const before = await mark();
    if (kind === "roster") {
      const lines = screen.locator("ol input");
      for (let n = 0; n < (await lines.count()); n++) await lines.nth(n).fill(["Wang Xiuying", "Wang Jun"][n] ?? "X");
      await page.waitForTimeout(300);
      await snap(`${prefix}-roster-${names.length}`);
    } else {
      const field = screen.locator("fieldset[data-name]").first();
      const [name, type] = [await field.getAttribute("data-name"), await field.getAttribute("data-type")];
      await snap(`${prefix}-${name}`);
      await BY_TYPE[type]?.(field, name);
    }
    for (let tries = 0; tries < 30 && (await mark()) === before; tries++) {
      const keep = page.getByRole("button", { name: /They are sure|Go on;/ });
      if (await keep.isVisible()) { await snap(`${prefix}-check`); await keep.click(); }
      else if (tries % 4 === 1) await page.locator(".thumb .button:not([data-finish])").click({ timeout: 1000 }).catch(() => undefined);
      await page.waitForTimeout(100);
    }
    if ((await mark()) === before) throw new Error(`does not go on from ${before}`);
  }
}

async function tour() {
  let context = await open("enumerator");
  await page.goto(`${base}/collect/`);
  await page.getByLabel("Your code").waitFor();
  await snap("welcome");
  await page.getByLabel("Your code").fill("ABCD-EFGH-JKLM-NPQR-STUV");
  await button("Start").click();
  await page.locator(".note.wrong").waitFor();
  await snap("welcome-refused");
  await page.goto("about:blank");
  await enrol("E-1");
  await snap("today-new");
  await button("Open my area").first().click();
  await button(/Add a door/).waitFor();
  await snap("area-empty");
  await button(/Add a door/).click();
  await walk("listing");
  await snap("listing-end");
  await button("Finish").click();
  await button("Start interview").waitFor();
  await snap("dwelling");
  for (let i = 0; i < 2; i++) {
    await page.locator("header button").first().click();
    await button(/Add a door/).click();
    await walk("listing", false);
    await button("Finish").click();
    await button("Start interview").waitFor();
  }
  await button("No interview today").click();
  await snap("visit");
  await page.getByRole("radio").nth(1).click();
  await snap("visit-when");
  await page.locator(".thumb .button").click();
  await page.getByText(/Agreed/).waitFor();
  await snap("dwelling-appointment");
  await page.locator("header button").first().click();
  await page.locator("ul.rows button.row").first().click();
  await button("Start interview").click();
  await page.getByText("Who answers?").waitFor();
  await snap("begin");
  await page.locator("[data-begin=member]").click();
  await page.locator("main[data-screen=question]").waitFor();
  await button("More").click();
  await snap("menu");
  await button(/Wrong household/).click();
  await page.getByText("Whose answers are these?").waitFor();
  await snap("wrong-household");
  await page.locator("[role=dialog] ul.rows button.row").first().click();
  await snap("wrong-household-ask");
  await button("Yes, move them").click();
  await button("More").waitFor();
  await button("Pause").click();
  await page.locator("header .name", { hasText: "Door 2" }).waitFor();
  await button("Continue the interview").waitFor();
  await snap("dwelling-begun");
  await button("Continue the interview").click();
  await button("More").click();
  await button(/Wrong household/).click();
  await page.locator("[role=dialog] ul.rows button.row", { hasText: "Door 1" }).click();
  await button("Yes, move them").click();
  await button("Pause").click();
  await page.locator("header .name", { hasText: "Door 1" }).waitFor();
  await button("Continue the interview").click();
  await page.locator("main[data-screen=question]").waitFor();
  await button("More").click();
  await button(/Hand the phone/).click();
  await snap("handed-over");
  await button("Give the phone back").click();
  await snap("give-back");
  await pin();
  await button("Pause").waitFor();
  await walk("ask");
  await snap("end");
  await button("Make a mark").click();
  await draw();
  await snap("signing");
  await button("Keep").click();
  await context.setOffline(true);
  await button("Finish").click();
  await page.getByText("Finished. Not sent yet").waitFor();
  await snap("done-not-sent");
  await go("#/today");
  await page.locator(".counts").waitFor();
  await snap("today-offline");
  await go("#/practice");
  await page.locator("[data-begin=member]").waitFor();
  await snap("practice");
  await page.locator("[data-begin=member]").click();
  await page.locator("main[data-screen=question]").waitFor();
  await walk("practice", false);
  await snap("practice-done");
  await go("#/deliver");
  await button("Hand it in").waitFor();
  await snap("deliver");
  await go("#/today");
  await context.setOffline(false);
  await page.waitForFunction(() => document.querySelector(".counts b")?.textContent === "0", undefined, { timeout: 20_000 });
  await snap("today");
  await go("#/sent");
  await page.locator("ul.rows").waitFor();
  await snap("sent");
  await go("#/settings");
  await page.locator("h2").first().waitFor();
  await page.locator("input[type=file]").setInputFiles({ name: "en.json", mimeType: "application/json", buffer: PACK });
  await page.getByText("One recording was added.").waitFor();
  await snap("settings");
  await go("#/practice");
  await button("Read it aloud").first().click();
  await snap("aloud");
  await context.close();

  context = await open("supervisor");
  await enrol("S-1").catch(() => undefined); // a supervisor has no card with a button of their own
  await page.locator("ul.rows .chip").first().waitFor();
  await snap("supervisor-today");
  await page.locator("ul.rows button.row", { has: page.locator(".chip") }).first().click();
  await button("To check").waitFor();
  await snap("supervisor-area");
  await button("To check").click();
  await page.locator("ul.rows button.row").first().click();
  await button("See the answers").click();
  await page.locator("summary").first().waitFor();
  await snap("supervisor-answers");
  await button("Send back").click();
  await snap("supervisor-return");
  await page.getByLabel("Two answers do not fit together.").check();
  await button("Send back").click();
  await page.getByText("Sent back").first().waitFor();
  await page.waitForTimeout(1500);
  await context.close();

  context = await open("enumerator");
  await page.goto(`${base}/collect/`);
  await page.getByText("Your six digits").waitFor();
  await snap("locked");
  await pin();
  await page.locator(".counts").waitFor();
  await button("Send now").click();
  await page.getByText(/sent one household back/).waitFor();
  await snap("today-returned");
  // An agreed time that has come by now stands before it.
  await page.locator("ul.rows button.row", { hasText: "Sent back" }).first().click();
  await button("Open and correct").waitFor();
  await snap("dwelling-returned");
  await button("Open and correct").click();
  await page.locator("main[data-screen=end]").waitFor();
  await snap("returned");
  await context.close();
}

await tour().catch(async (error) => {
  wrong.push(`the tour ended early: ${error.message.split("\n")[0]}`);
  await page.screenshot({ path: join(SHOTS, "failed.png") }).catch(() => undefined);
});

const figure = (name, language, size) => `<figure><img loading="lazy" src="${name}-${language}-${size}.png"><figcaption>${language}, ${size}</figcaption></figure>`;
await writeFile(join(SHOTS, "index.html"), `<!doctype html><meta charset="utf-8"><title>Contact sheet</title><style>body{font:14px system-ui}section{display:flex;gap:8px;overflow-x:auto}figure{margin:0}img{block-size:400px}</style>
${names.map((name) => `<h2>${name}</h2><section>${Object.keys(SIZES).flatMap((size) => languages.map((language) => figure(name, language, size))).join("")}${figure(name, "en", "large")}</section>`).join("\n")}`);
await stop();
for (const line of wrong) console.error(line);
console.log(`contact sheet: ${names.length} screens in ${languages.length} languages, ${wrong.length} findings, ${join(SHOTS, "index.html")}`);
process.exit(wrong.length > 0 ? 1 : 0);
