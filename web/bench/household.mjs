// A household of three on a cheap phone, in our collector and in ODK Web Forms, from the same workbook: touches, seconds, bytes.
//
//   (cd web/bench/odk && npm ci && npm run build); QUIPU_BIN=target/debug/quipu node web/bench/household.mjs [out=target/bench.json]
//
// The workbook is forms/cn2020_short.xlsx. ODK Web Forms is given the XForm that `quipu form convert` writes of it, but for three
// expressions whose functions no other engine has (`forOdk` below): its checks of the citizen's number are left out. Both pages
// are driven by the same script in the same Chromium at 360 x 640, its page's thread slowed six times, with the same answers.
//
// A touch is a tap or a key, of the app's keys or of a keyboard; a swipe is a move of the screen by up to its height, counted
// apart. Seconds are what a script takes that never thinks: they compare the apps and say nothing of people. Ours counts from
// the tap on "Start interview", in the app that is open at a door, to "Finished", and stores each answer on its way; theirs from
// the page's address to "Send", and stores nothing. How long our app takes to open is `collect_cold_start`. Chromium slows
// the thread of the page and leaves a worker alone, where our engine is: that is an advantage of a few milliseconds a
// question, see collect.mjs. Bytes are all that must be on the phone before the first question, brotli: ours the whole app
// for all its work offline, theirs the page, the library and the form.

import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { extname, join } from "node:path";
import { brotliCompressSync } from "node:zlib";
import { chromium } from "playwright-core";
import { census } from "../e2e/census.mjs";
import { BrowserPhone } from "../e2e/phone.mjs";
import { figure, record } from "./figures.mjs";

const [out = "target/bench.json"] = process.argv.slice(2);
const bin = process.env.QUIPU_BIN ?? "target/debug/quipu";
const THROTTLE = 6;
const VIEW = { width: 360, height: 640 };
const FORM = "forms/cn2020_short.xlsx";
const PAGE = "target/bench-odk";
const PEOPLE = 3;
const of = (...each) => each;
/** Each question: how it begins in Chinese, and its answer: a choice by its place, text, or year, month and day. */
const ANSWERS = {
  h1_type: ["这是哪一类户", 0], h2_slept_here: ["10月31日晚", "3"], h2_registered_away: ["户口在本户", "0"],
  h3_births_male: [/出生的男孩/, "0"], h3_births_female: [/出生的女孩/, "0"], h4_deaths_male: [/去世的男性/, "0"], h4_deaths_female: [/去世的女性/, "0"],
  h5_dwelling: ["本户的住所", 0], h6_floor_area: [/建筑面积/, "86"], h7_rooms: [/几间/, "3"],
  d1_name: ["姓名", of("Wang Xiuying", "Wang Jun", "Wang Mei")], d2_relationship: ["与户主", of(0, 1, 2)], d3_id: ["公民身份", null],
  d3_missing: ["没有填身份号码", 1], d4_sex: ["性别", of(1, 0, 1)], d5_birth: ["出生年月", of([1968, 3, 1], [1966, 7, 1], [1998, 11, 1])],
  d6_ethnic: ["民族", 0], d7_residence: [/居住在哪里/, 0], d8_registration: ["户口登记地在", 0], d9_time_away: ["离开户口登记地多长", 0],
  d11_education: ["受教育程度", 3], d12_literate: ["是否识字", 0],
};
const answerOf = ([, answer], person) => (Array.isArray(answer) && answer.length === PEOPLE ? answer[person] : answer);

/** Touches and swipes of one run. */
class Hand {
  touches = 0;
  swipes = 0;
  constructor(page) { this.page = page; }
  async #reach(target) {
    const from = await this.page.evaluate(() => scrollY);
    await target.scrollIntoViewIfNeeded();
    const moved = Math.abs((await this.page.evaluate(() => scrollY)) - from);
    this.swipes += Math.ceil(moved / VIEW.height);
  }
  async tap(target) {
    await this.#reach(target);
    await target.click();
    this.touches += 1;
  }
  async keys(target, text) {
    await this.#reach(target);
    await target.pressSequentially(text);
    this.touches += text.length;
  }
}

async function slowed(page) {
  const session = await page.context().newCDPSession(page);
  await session.send("Emulation.setCPUThrottlingRate", { rate: THROTTLE });
}
const packed = (files) => files.reduce((sum, [url, bytes]) => sum + (/\.(png|woff2)$/.test(url) ? bytes.length : brotliCompressSync(bytes).length), 0);

async function ours() {
  const here = await census({ household: FORM });
  const phone = await BrowserPhone.open(here.base);
  const { page } = phone;
  await page.setViewportSize(VIEW);
  await phone.enrol(await here.codeOf("E-1"));
  await phone.listDoor();
  const files = await page.evaluate(async () => {
    const name = (await caches.keys()).find((one) => one.startsWith("quipu-"));
    return (await (await caches.open(name)).keys()).map((request) => request.url);
  });
  const bytes = packed(await Promise.all(files.map(async (url) => [url, Buffer.from(await (await fetch(url)).arrayBuffer())])));
  execFileSync(bin, ["form", "convert", FORM, join(here.folder, "form.json")], { stdio: "ignore" });
  const form = brotliCompressSync(readFileSync(join(here.folder, "form.json"))).length;
  await slowed(page);
  const hand = new Hand(page);
  const began = Date.now();
  await hand.tap(phone.button("Start interview"));
  await hand.tap(page.locator("[data-begin=member]"));
  const first = Date.now() - began;
  const main = page.locator("main[data-screen]");
  const mark = () => page.evaluate(() => `${document.querySelector("main[data-screen]")?.getAttribute("data-screen")} ${document.querySelector("fieldset[data-name]")?.dataset.name} ${document.querySelector("header .name")?.textContent}`);
  const moved = async (before) => { while ((await mark()) === before) await page.waitForTimeout(5); };
  for (let screens = 0; screens < 120; screens++) {
    await main.waitFor();
    const kind = await main.getAttribute("data-screen");
    if (kind === "end") break;
    const before = await mark();
    const next = page.locator(".thumb .button:not([data-finish])");
    if (kind === "roster") {
      const lines = main.locator("ol input");
      // The listing gave the first line the name of the head: it is written over.
      await lines.first().fill("");
      for (const [n, name] of ANSWERS.d1_name[1].entries()) {
        if (n > 0) { await page.keyboard.press("Enter"); hand.touches += 1; await lines.nth(n).waitFor(); }
        await hand.keys(lines.nth(n), name);
      }
      await hand.tap(next);
      await moved(before);
      continue;
    }
    const name = await main.locator("fieldset[data-name]").first().getAttribute("data-name");
    const person = Number(/Person (\d+)/.exec(await page.locator("header").innerText())?.[1] ?? 1) - 1;
    const field = main.locator("fieldset[data-name]").first();
    const type = await field.getAttribute("data-type");
    const answer = ANSWERS[name] ? answerOf(ANSWERS[name], person) : 0;
    if (answer !== null && type === "select_one") await hand.tap(field.getByRole("radio").nth(answer));
    else if (answer !== null && (type === "integer" || type === "decimal")) for (const digit of answer) await hand.tap(field.getByRole("button", { name: digit, exact: true }));
    else if (answer !== null && (type === "year_month" || type === "date")) {
      for (const digit of String(answer[0])) await hand.tap(field.getByRole("button", { name: digit, exact: true }));
      await hand.tap(field.locator(".months button").nth(answer[1] - 1));
      if (type === "date") await hand.tap(field.locator(".days button").first());
    }
    for (let tries = 0; (await mark()) === before; tries++) {
      const keep = page.getByRole("button", { name: /They are sure|Go on;/ });
      if (await keep.isVisible()) await hand.tap(keep);
      else if (type !== "select_one" && tries === 0) await hand.tap(next);
      else await page.waitForTimeout(5);
      if (tries > 2000) throw new Error(`ours does not go on from ${before}`);
    }
  }
  await hand.tap(phone.button("Finish"));
  await page.getByRole("heading", { name: /Finished\. Not sent yet|Office has it/ }).waitFor();
  const seconds = (Date.now() - began) / 1000;
  await phone.remove();
  await here.stop();
  return { touches: hand.touches, swipes: hand.swipes, seconds, first_s: first / 1000, kilobytes: (bytes + form) / 1000 };
}

/** The XForm for an engine without our functions; every other line is as it was converted. */
function forOdk(xml) {
  const swap = (text, from, to) => {
    if (!from.test(text)) throw new Error(`the form has no ${from}`);
    return text.replace(from, to);
  };
  let form = swap(xml, /years-between\( ?\.\.\/d5_birth ?, ?reference-date\(\)\)/, "2020 - number(substr( ../d5_birth , 0, 4)) - if(number(substr( ../d5_birth , 5, 7)) &gt; 11, 1, 0)");
  form = swap(form, /reference-date\(\)/g, "date('2020-11-01')");
  return swap(form, /(nodeset="\/data\/person\/id_check" calculate=")[^"]*/, "$1if( ../d3_id  = '', 'missing', 'ok')");
}

async function theirs() {
  execFileSync(bin, ["form", "convert", FORM, join("target", "bench-form.xml")], { stdio: "ignore" });
  mkdirSync(PAGE, { recursive: true });
  writeFileSync(join(PAGE, "form.xml"), forOdk(readFileSync(join("target", "bench-form.xml"), "utf8")));
  const kinds = { ".html": "text/html", ".js": "text/javascript", ".css": "text/css", ".xml": "text/xml" };
  const asked = new Map();
  const server = createServer((request, reply) => {
    const path = join(PAGE, request.url === "/" ? "index.html" : request.url.split("?")[0]);
    if (!existsSync(path)) return reply.writeHead(404).end();
    const bytes = readFileSync(path);
    asked.set(path, bytes);
    reply.writeHead(200, { "content-type": kinds[extname(path)] ?? "application/octet-stream" }).end(bytes);
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", args: ["--no-sandbox", "--disable-gpu"] });
  const page = await browser.newPage({ viewport: VIEW, locale: "en-GB" });
  page.setDefaultTimeout(60_000);
  page.on("pageerror", (error) => { throw error; });
  await slowed(page);
  const opened = Date.now();
  await page.goto(`http://127.0.0.1:${server.address().port}/`);
  const questions = page.locator(".question-container");
  await questions.first().waitFor();
  const first = Date.now() - opened;
  const bytes = packed([...asked]);
  const hand = new Hand(page);
  const began = Date.now();
  const done = new Set();
  for (let person = 0; person < PEOPLE; person++) {
    if (person > 0) await hand.tap(page.getByRole("button", { name: /^Add/ }).last());
    for (let left = true; left; ) {
      left = false;
      // A choice may bring further questions: the list is read again after each.
      for (const id of await questions.evaluateAll((all) => all.map((one) => one.id))) {
        if (done.has(id)) continue;
        done.add(id);
        left = true;
        await answer(hand, page, page.locator(`[id="${id}"]`), person);
        break;
      }
    }
  }
  await hand.tap(page.getByRole("button", { name: "Send" }));
  await page.locator("body[data-sent]").waitFor();
  const seconds = (Date.now() - began) / 1000;
  const status = await page.evaluate(() => document.body.dataset.sent);
  if (status !== "ready") throw new Error(`ODK Web Forms calls the form ${status}: ${(await page.locator(".validation-message:visible").allInnerTexts()).join("; ")}`);
  await browser.close();
  server.close();
  return { touches: hand.touches, swipes: hand.swipes, seconds: seconds + first / 1000, first_s: first / 1000, kilobytes: bytes / 1000 };
}

async function answer(hand, page, question, person) {
  const label = (await question.locator(".control-text label").first().innerText()).trim();
  const known = Object.values(ANSWERS).find(([begins]) => (typeof begins === "string" ? label.startsWith(begins) : begins.test(label)));
  if (!known || answerOf(known, person) === null) return;
  const given = answerOf(known, person);
  if (await question.locator("label.value-option").count()) return hand.tap(question.locator("label.value-option").nth(given));
  if (await question.locator(".p-select").count()) {
    await hand.tap(question.locator(".p-select"));
    return hand.tap(page.locator(".p-select-overlay [role=option]").nth(given));
  }
  if (await question.locator(".p-datepicker").count()) {
    await hand.tap(question.locator("input"));
    const panel = page.locator(".p-datepicker-panel");
    await hand.tap(panel.locator(".p-datepicker-select-year"));
    const year = panel.locator(".p-datepicker-year", { hasText: String(given[0]) });
    while (!(await year.count())) await hand.tap(panel.locator(".p-datepicker-prev-button"));
    await hand.tap(year);
    await hand.tap(panel.locator(".p-datepicker-month").nth(given[1] - 1));
    const day = panel.locator(".p-datepicker-day-cell:not(.p-datepicker-other-month) .p-datepicker-day").nth(given[2] - 1);
    if (await day.isVisible()) await hand.tap(day);
    return panel.waitFor({ state: "hidden" });
  }
  await hand.tap(question.locator("input"));
  await hand.keys(question.locator("input"), given);
}

const runs = { quipu: await ours(), odk: await theirs() };
const UNITS = { touches: "touches", swipes: "swipes", seconds: "s", first_s: "s", kilobytes: "kB" };
const figures = Object.entries(runs).flatMap(([who, run]) => Object.entries(run).map(([name, value]) => figure(`household_${who}_${name}`, value, UNITS[name])));
record(out, figures);
console.log(`a household of ${PEOPLE}, ${FORM}, page slowed ${THROTTLE} times`);
console.log("".padEnd(30) + "collector".padStart(12) + "ODK Web Forms".padStart(16));
for (const [name, title] of [["touches", "touches (taps and keys)"], ["swipes", "swipes"], ["first_s", "to the first question, s"], ["seconds", "all of it, s"], ["kilobytes", "before the first question, kB"]]) {
  console.log(title.padEnd(30) + Object.values(runs).map((run, i) => run[name].toFixed(name === "touches" || name === "swipes" ? 0 : 1).padStart(i ? 16 : 12)).join(""));
}
process.exit(0);
