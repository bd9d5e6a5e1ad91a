// Drives a supervisor's phone, and then the enumerator's again, in real Chromium against a running server: the supervisor
// enrols, opens the door the enumerator finished, sends it back with a reason; the enumerator reads the reason.
//
//   BASE_URL=http://127.0.0.1:8080 CODE=XXXX-XXXX EA=12 PROFILE=folder-of-collect.mjs node e2e/review.mjs
//
// Exits non-zero at the first thing that is not as it should be.

import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { chromium } from "playwright-core";
import { findings } from "./axe.mjs";

const { BASE_URL, CODE, EA, PROFILE, SHOTS = "" } = process.env;
if (!BASE_URL || !CODE || !EA || !PROFILE) {
  console.error("BASE_URL, CODE, EA and PROFILE must be set");
  process.exit(2);
}

const PIN = "246813"; // as in collect.mjs
const REASON = "Two answers do not fit together.";
const WAIT_MS = 20_000;
const own = await mkdtemp(join(tmpdir(), "quipu-review-"));
if (SHOTS) await mkdir(SHOTS, { recursive: true });

async function open(profile) {
  const context = await chromium.launchPersistentContext(profile, {
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    headless: true,
    args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
      "--disable-component-update", "--disable-sync"],
    viewport: { width: 390, height: 844 }, deviceScaleFactor: 2, hasTouch: true, isMobile: true, locale: "en-GB",
  });
  context.setDefaultTimeout(WAIT_MS);
  const page = context.pages()[0] ?? (await context.newPage());
  page.on("pageerror", (error) => { console.error(`FAILED: the page threw: ${error.message}`); process.exit(1); });
  return { context, page };
}

let page;
async function step(what, work) {
  const began = Date.now();
  await work().catch(async (error) => {
    console.error(`FAILED: ${what}: ${error.message}`);
    if (SHOTS) await page.screenshot({ path: join(SHOTS, "review-failed.png") }).catch(() => undefined);
    process.exit(1);
  });
  console.log(`ok  ${what} (${Date.now() - began} ms)`);
}
async function shot(name) {
  const wrong = await findings(page);
  if (wrong.length > 0) throw new Error(`${name} is not accessible: ${wrong.join("; ")}`);
  if (SHOTS) await page.screenshot({ path: join(SHOTS, `review-${name}.png`) });
}
const button = (name) => page.getByRole("button", { name, exact: typeof name === "string" });
const text = (wanted) => page.getByText(wanted).first().waitFor();
const pin = async () => { for (const digit of PIN) await button(digit).click(); };
const door = `${BASE_URL}/collect/#/dwelling/${EA}/1`;

/** The question the supervisor marks, in its words. */
let marked = "";

const supervisor = await open(own);
page = supervisor.page;
await step("a supervisor enrols", async () => {
  await page.goto(`${BASE_URL}/collect/#code=${encodeURIComponent(CODE)}`);
  await button("Start").click();
  await text("Choose six digits");
  await pin();
  await text("The same six digits again");
  await pin();
  await page.locator(".counts").waitFor();
  await shot("today");
});
await step("opens the finished door, and cannot interview there", async () => {
  await page.locator(".rows .chip.waiting").first().waitFor();
  await shot("today-to-check");
  await page.goto(`${BASE_URL}/collect/#/area/${EA}`);
  await button("To check").click();
  await shot("area");
  await page.locator("ul.rows button.row").first().click();
  await button("Approve").waitFor();
  if (await button("Correct the interview").count()) throw new Error("a supervisor is offered the interview");
  await shot("door");
});
await step("reads the answers before deciding", async () => {
  await button("See the answers").click();
  await text("Wang Xiuying");
  await page.locator("summary", { hasText: "Wang Xiuying" }).click();
  await page.locator("details[open] dl dd").first().waitFor();
  await shot("answers");
});
await step("sends it back with a reason", async () => {
  await button("Send back").click();
  if (await button("Send back").isEnabled()) throw new Error("it goes back without a reason");
  await page.getByLabel(REASON).check();
  const answers = page.locator("details", { has: page.locator("summary", { hasText: "Wang Xiuying" }) });
  if (!(await answers.getAttribute("open").then((is) => is !== null))) await answers.locator("summary").click();
  const question = answers.locator("label.choice").nth(3);
  marked = await question.locator(".small").innerText();
  await question.getByRole("checkbox").check();
  await shot("reason");
  await button("Send back").click();
  await text("Sent back");
  await shot("sent-back");
  await page.goto(`${BASE_URL}/collect/#/today`);
  await page.waitForFunction(() => document.querySelector(".counts span b")?.textContent === "0");
});
await supervisor.context.close();

const enumerator = await open(PROFILE);
page = enumerator.page;
await step("the enumerator reads why, at that door", async () => {
  await page.goto(door);
  await text("Your six digits");
  await pin();
  await text(REASON);
  await button("Open and correct").waitFor();
  await shot("enumerator");
});
await step("opens it at the question that was marked, with the reason", async () => {
  await button("Open and correct").click();
  const question = page.locator("main[data-screen=question]");
  await question.locator("h1", { hasText: marked }).waitFor();
  await question.getByText(REASON).waitFor();
  await shot("marked");
});
await enumerator.context.close();
await rm(own, { recursive: true, force: true });
console.log("review: sent back with a reason, and read at the door");
