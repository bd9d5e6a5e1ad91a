// How fast the collector is on a cheap phone: the built app in real Chromium, installed, offline, against a running server.
//
//   BASE_URL=http://127.0.0.1:8080 CODE=XXXX-XXXX node web/bench/collect.mjs [persons=30] [out=target/bench.json]
//
// Chromium's throttle slows the thread of the page six times and leaves a worker alone, and the engine is in a worker. So
// what the worker does counts six times as well: never too little, since it waits for storage too. The
// network is 3G's (1.6 Mbit/s, 150 ms) for the first visit and none after it. PROFILE keeps the browser's folder; a phone
// that has enrolled needs no CODE again.
//
// Figures: `collect_shell` and `collect_engine` (kB to download, brotli), `collect_first_visit` (page to welcome, no
// budget), `collect_cold_start` (launch to digits, and last digit to the list of areas, without the key derivation that
// makes a PIN slow to guess: `collect_pin`, no budget), `collect_first_question`, `collect_next_p50`, `collect_next_p99`.

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { brotliCompressSync } from "node:zlib";
import { chromium } from "playwright-core";
import { figure, print, record } from "./figures.mjs";
import { answerAll, count, waitFor } from "./inside.mjs";

const [persons = "30", out = "target/bench.json"] = process.argv.slice(2);
const { BASE_URL, CODE = "", PROFILE = "" } = process.env;
if (!BASE_URL || (!CODE && !PROFILE)) {
  console.error("BASE_URL and CODE must be set, for example BASE_URL=http://127.0.0.1:8080 CODE=ABCD-EFGH");
  process.exit(2);
}
const THROTTLE = 6;
const ROUNDS = 5;
const PIN = "246813";
const NETWORK = { offline: false, downloadThroughput: 1.6e6 / 8, uploadThroughput: 768e3 / 8, latency: 150 };
const profile = PROFILE || (await mkdtemp(join(tmpdir(), "quipu-bench-")));
let context;
let page;

/** A launch of the browser with the app's page in it, slowed. */
async function launch(network) {
  context = await chromium.launchPersistentContext(profile, {
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"],
    viewport: { width: 360, height: 640 },
    hasTouch: true,
    isMobile: true,
    locale: "en-GB",
  });
  context.setDefaultTimeout(60_000);
  page = context.pages()[0] ?? (await context.newPage());
  await page.addInitScript(count);
  const session = await context.newCDPSession(page);
  await session.send("Emulation.setCPUThrottlingRate", { rate: THROTTLE });
  await session.send("Network.enable");
  if (network) await session.send("Network.emulateNetworkConditions", network);
  else await context.setOffline(true);
}

/** Milliseconds from `from` (0: the page's beginning) until `selector` is there, the worker's work counted fully. */
const until = (selector, from = 0) => page.evaluate(waitFor, { selector, from, throttle: THROTTLE });
const press = (digit) => page.locator(".pad button", { hasText: digit }).click();

async function pin() {
  for (const digit of PIN.slice(0, -1)) await press(digit);
  // The last digit is pressed in the page, so that its time is the page's.
  return page.evaluate((digit) => {
    const from = performance.now();
    [...document.querySelectorAll(".pad button")].find((one) => one.textContent === digit).click();
    return from;
  }, PIN.at(-1));
}

async function enrol() {
  await page.goto("about:blank");
  await page.goto(`${BASE_URL}/collect/#code=${encodeURIComponent(CODE)}`);
  await page.getByRole("button", { name: "Start", exact: true }).click();
  await page.locator(".pad").waitFor();
  await pin();
  await page.getByText("The same six digits again").waitFor();
  await pin();
  await page.getByRole("button", { name: "Open my area" }).first().waitFor();
}

const median = (values) => [...values].sort((a, b) => a - b)[values.length >> 1];
const figures = [];
const measured = (...of) => figures.push(figure(...of));

await launch(NETWORK);
await page.goto(`${BASE_URL}/collect/`, { waitUntil: "commit" });
measured("collect_first_visit", (await until(CODE ? "input" : ".pad")).total, "ms");
if (CODE) await enrol();
await page.evaluate(() => navigator.serviceWorker.ready.then(() => undefined));

const files = await page.evaluate(async () => {
  const name = (await caches.keys()).find((one) => one.startsWith("quipu-"));
  return (await (await caches.open(name)).keys()).map((request) => request.url);
});
const bodies = await Promise.all(files.map(async (url) => [url, Buffer.from(await (await fetch(url)).arrayBuffer())]));
let [shell, engine] = [0, 0];
for (const [url, bytes] of bodies) {
  const size = /\.(png|woff2)$/.test(url) ? bytes.length : brotliCompressSync(bytes).length;
  if (url.endsWith(".wasm")) engine += size;
  else shell += size;
}
measured("collect_shell", shell / 1000, "kB", 250);
measured("collect_engine", engine / 1000, "kB", 300);
await context.close();

const starts = [];
for (let round = 0; round < ROUNDS; round++) {
  await launch();
  await page.goto(`${BASE_URL}/collect/`, { waitUntil: "commit" });
  const locked = await until(".pad");
  const open = await until("main.lists .button", await pin());
  starts.push({ locked: locked.total, list: open.total - open.pin, pin: open.pin, ...(await first()) });
  if (round < ROUNDS - 1) await context.close();
}

/** From the tap on practice to who answers, and from that to the first question: the same form and engine as at a door. */
async function first() {
  const from = await page.evaluate(() => {
    const from = performance.now();
    [...document.querySelectorAll("main.lists > .button.quiet")].at(-1).click();
    return from;
  });
  const begin = await until("[data-begin=member]", from);
  const then = await page.evaluate(() => {
    const from = performance.now();
    document.querySelector("[data-begin=member]").click();
    return from;
  });
  const question = await until("main[data-screen] fieldset, main[data-screen=roster]", then);
  return { question: begin.total + question.total };
}

measured("collect_cold_start", median(starts.map((one) => one.locked + one.list)), "ms", 2000);
measured("collect_pin", median(starts.map((one) => one.pin)), "ms");
measured("collect_first_question", median(starts.map((one) => one.question)), "ms", 300);

const walked = await page.evaluate(answerAll, { persons: Number(persons), throttle: THROTTLE });
const took = walked.took.sort((a, b) => a - b);
measured("collect_next_p50", took[took.length >> 1], "ms");
measured("collect_next_p99", took[Math.min(took.length - 1, Math.floor(took.length * 0.99))], "ms", 50);
await context.close();
if (!PROFILE) await rm(profile, { recursive: true, force: true });

record(out, figures);
console.log(`collector in Chromium, processor throttled ${THROTTLE} times, ${took.length} steps, roster of ${walked.listed}, median of ${ROUNDS} cold starts`);
print(figures);
