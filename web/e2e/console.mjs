// Drives the console in real Chromium against a running server: signs in, checks that the totals are shown and add up,
// drills down to an enumeration area, opens every screen in both languages, wide and narrow, light and dark.
//
//   BASE_URL=https://127.0.0.1:8443 LOGIN=admin PASSWORD=… SHOTS=target/shots node e2e/console.mjs
//
// Exits non-zero at the first thing that is not as it should be.

import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { chromium } from "playwright-core";

const { BASE_URL, LOGIN, PASSWORD, SHOTS = "" } = process.env;
if (!BASE_URL || !LOGIN || !PASSWORD) {
  console.error("BASE_URL, LOGIN and PASSWORD must be set, for example BASE_URL=https://127.0.0.1:8443 LOGIN=admin PASSWORD=…");
  process.exit(2);
}

const SIZES = { wide: { width: 1440, height: 900 }, phone: { width: 390, height: 844 } };
const SCREENS = {
  overview: ["Overview", "总览"], reconciliation: ["Reconciliation", "住房核对"], coverage: ["Coverage by area", "各区域进度"],
  map: ["Map", "地图"], submissions: ["Latest submissions", "最新上交"], held: ["Held work", "待处理"], phones: ["Phones", "手机"], staff: ["Staff", "工作人员"],
};
/** A code on a page is a text missing from the catalogue. */
const CODES = /\b(nav|stat|group|response|occupancy|source|kind|outcome|verdict|held|held_do|event|role|coverage|ea|map|phones|staff|fact)\.[a-z_0-9]+/;

if (SHOTS) await mkdir(SHOTS, { recursive: true });
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  headless: true,
  args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync"],
});
const context = await browser.newContext({ viewport: SIZES.wide, ignoreHTTPSErrors: true, locale: "en-GB" });
context.setDefaultTimeout(15_000);
const page = await context.newPage();
const thrown = [];
page.on("pageerror", (error) => thrown.push(error.message));

try {
  await run();
  if (thrown.length) throw new Error(`the page threw: ${thrown[0]}`);
  console.log("console: every screen shown, totals add up");
} catch (error) {
  console.error(`FAILED: ${error.message.split("\n")[0]}`);
  await shot("failed");
  process.exitCode = 1;
} finally {
  await browser.close();
}

async function run() {
  await signIn();
  await overviewAddsUp();
  await reconciliationAddsUp();
  const ea = await drillDown();
  await heldIsDecided();
  await everyScreen("en", 0, ea);
  await page.getByLabel("Language").selectOption("zh");
  await everyScreen("zh", 1, ea);
  await dark();
  await withoutServer();
  await signOut();
}

async function signIn() {
  await page.goto(`${BASE_URL}/console/`);
  await page.getByRole("heading", { name: "Sign in" }).waitFor();
  await shot("sign-in");
  await page.getByLabel("Login").fill(LOGIN);
  await page.getByLabel("Password").fill(`${PASSWORD} not`);
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.getByText("Login and password do not fit").waitFor();
  await shot("sign-in-wrong");
  await page.getByLabel("Password").fill(PASSWORD);
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.getByRole("heading", { name: "Overview" }).waitFor();
  const cookies = await context.cookies();
  const cookie = cookies.find((one) => one.name === "quipu_session");
  check(cookie?.httpOnly && cookie.sameSite === "Strict", "the session's cookie is closed to scripts and other sites");
}

async function overviewAddsUp() {
  const shown = (selector) => page.locator(selector).evaluateAll((all) => all.map((one) => Number(one.dataset.n)));
  const [persons, households, dwellings, complete] = await shown("[data-stat]");
  check(persons > 0 && households > 0 && dwellings > 0 && complete > 0, "totals are shown", { persons, households, dwellings, complete });
  const groups = await shown("[data-group]");
  const total = groups.pop();
  check(groups.length === 5 && sum(groups) === total, "households by standing add up", { groups, total });
  const text = await page.locator("[data-stat=persons] dd").first().innerText();
  check(text.replace(/\D/g, "") === String(persons), "the persons' number is written out", { text, persons });
  await page.locator("[data-lag]").waitFor();
}

async function reconciliationAddsUp() {
  await open("reconciliation");
  const table = page.locator("table[data-total]");
  const { total, listed } = await table.evaluate((one) => one.dataset);
  check(Number(total) > 0 && total === listed, "the cells add up to the dwellings listed", { total, listed });
  const cells = await table.locator("td.cell").allInnerTexts();
  const added = sum(cells.map((text) => Number(text.replace(/\D/g, ""))));
  check(added === Number(total), "the cells as written add up", { added, total });
}

/** From the top to an enumeration area, always into the child with the most households. Its id. */
async function drillDown() {
  await open("coverage");
  for (let level = 0; level < 12; level += 1) {
    const rows = await page.locator("tr[data-area]").evaluateAll((all) => all.map((one) => ({ area: one.dataset.area, households: Number(one.dataset.households) })));
    if (rows.length === 0) break;
    const total = rows.pop();
    check(sum(rows.map((row) => row.households)) === total.households, "areas add up to their parent", { total });
    const most = rows.reduce((a, b) => (b.households > a.households ? b : a));
    await shot(`coverage-level-${level}`);
    await page.locator(`tr[data-area="${most.area}"] a`).click();
    await page.waitForURL(`**/#/coverage/${most.area}`);
    await page.waitForFunction((area) => !document.querySelector(`tr[data-area="${area}"]`), most.area);
    await page.locator("main h1").waitFor();
    await page.locator("main tbody tr").first().waitFor();
  }
  await page.getByRole("heading", { name: "Dwellings and households" }).waitFor();
  check((await page.locator("main tbody tr").count()) > 0, "an enumeration area shows its dwellings");
  return Number(page.url().split("/").pop());
}

/** What the demonstration's phones sent and does not count is listed with its reason; one of them is dismissed. */
async function heldIsDecided() {
  await open("held");
  const cards = page.locator("[data-held]");
  const before = await cards.count();
  check(before > 0, "the demonstration leaves something held");
  await shot("held");
  const first = cards.first();
  const offset = await first.getAttribute("data-held");
  await first.getByRole("button", { name: "Dismiss" }).click();
  await first.getByText("stays in the journal").waitFor();
  await first.getByRole("button", { name: "Not now" }).click();
  check((await cards.count()) === before, "nothing is decided before it is confirmed");
  await first.getByRole("button", { name: "Dismiss" }).click();
  await shot("held-asked");
  await first.getByRole("button", { name: "Dismiss" }).click();
  await page.waitForFunction((gone) => !document.querySelector(`[data-held="${gone}"]`), offset);
  const left = await page.evaluate(async () => (await (await fetch("/api/held")).json()).held.map((item) => String(item.offset)));
  check(!left.includes(offset), "the server has it no longer", { offset, left });
}

async function everyScreen(language, column, ea) {
  const top = await page.locator("nav ol a").first().getAttribute("href").catch(() => undefined);
  const area = Number(top?.split("/").pop());
  for (const [size, viewport] of Object.entries(SIZES)) {
    await page.setViewportSize(viewport);
    for (const [screen, titles] of Object.entries(SCREENS)) {
      await open(screen, area);
      await page.getByRole("heading", { name: titles[column], exact: true, level: 1 }).waitFor();
      await settled();
      await noOverflow(`${screen} ${size} ${language}`);
      await shot(`${screen}-${size}-${language}`);
    }
    await open("coverage", ea);
    await page.locator("main tbody tr").first().waitFor();
    await noOverflow(`ea ${size} ${language}`);
    await shot(`ea-${size}-${language}`);
    await page.goBack();
  }
  await page.setViewportSize(SIZES.wide);
  await open("map", area);
  const first = page.locator("main svg a").first();
  await first.waitFor();
  const into = await first.getAttribute("href");
  await first.dispatchEvent("click");
  await page.waitForURL(`**/${into}`);
  await settled();
  await shot(`map-inside-${language}`);
  await open("coverage", ea);
  await page.locator("main tbody tr").first().waitFor();
}

async function dark() {
  await page.getByLabel("浅色或深色").selectOption("dark");
  for (const screen of ["overview", "map", "reconciliation"]) {
    await page.goto(`${BASE_URL}/console/#/${screen}`);
    await settled();
    await shot(`${screen}-dark`);
  }
}

/** Numbers stay on screen when the server cannot be reached, and say that they are old; then they go on by themselves. */
async function withoutServer() {
  await open("overview");
  const persons = await page.locator("[data-stat=persons]").innerText();
  await context.setOffline(true);
  await page.getByText("没有连接").waitFor();
  check((await page.locator("[data-stat=persons]").innerText()) === persons, "numbers stay while the server is away");
  await shot("overview-offline");
  await context.setOffline(false);
  await page.getByText("统计于").waitFor();
}

async function signOut() {
  await page.getByRole("button", { name: "退出" }).click();
  await page.getByRole("heading", { name: "登录" }).waitFor();
  const status = await page.evaluate(async () => (await fetch("/api/overview")).status);
  check(status === 401, "a signed-out browser reads nothing", { status });
}

async function open(screen, area) {
  await page.goto(`${BASE_URL}/console/#/${screen}${area === undefined || Number.isNaN(area) ? "" : `/${area}`}`);
  await page.locator(`main[data-screen=${screen}] h1`).waitFor();
  await settled();
}

/** Nothing is still loading, and no word is missing from the catalogue. */
async function settled() {
  await page.waitForFunction(() => !/Loading…|正在载入/.test(document.querySelector("main")?.innerText ?? ""));
  await page.waitForTimeout(250);
  const bare = (await page.locator("body").innerText()).match(CODES);
  check(!bare, `a text is missing: ${bare?.[0]}`);
}

async function noOverflow(where) {
  const [inner, scrolls] = await page.evaluate(() => [document.documentElement.clientWidth, document.documentElement.scrollWidth]);
  check(scrolls <= inner, `the page fits its width: ${where}`, { inner, scrolls });
}

function check(holds, what, facts = {}) {
  if (!holds) throw new Error(`${what}: ${JSON.stringify(facts)}`);
}

function sum(numbers) {
  return numbers.reduce((total, n) => total + n, 0);
}

async function shot(name) {
  if (SHOTS) await page.screenshot({ path: join(SHOTS, `console-${name}.png`) }).catch(() => undefined);
}
