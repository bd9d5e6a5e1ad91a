// Does the collector's memory grow over a day, a week, a month of work? 500 households are begun, answered and left, one after
// another, in one page that is never loaded again; what its process holds is read from the system.
//
//   QUIPU_BIN=target/debug/quipu node web/bench/memory.mjs [households=500] [out=target/bench.json]
//
// Figures: `collect_memory` (MB of the page's process with its worker and engine, at the end) and `collect_memory_growth`
// (the end as a share of what it was after the first tenth, the garbage collected at both; 1 is flat).

import { readFileSync } from "node:fs";
import { census } from "../e2e/census.mjs";
import { BrowserPhone } from "../e2e/phone.mjs";
import { figure, record } from "./figures.mjs";

const [households = "500", out = "target/bench.json"] = process.argv.slice(2);
const COUNT = Number(households);
const GROWTH_MAX = 1.2;
const PAGE_BYTES = 4096;

const here = await census();
const phone = await BrowserPhone.open(here.base);
const { page } = phone;
await phone.enrol(await here.codeOf("E-1"));
const session = await phone.context.newCDPSession(page);
const browser = await phone.context.browser()?.newBrowserCDPSession();

/** What the largest page process holds, bytes: ours is the only one that does anything. */
async function held() {
  await session.send("HeapProfiler.collectGarbage");
  await page.waitForTimeout(500);
  const pids = browser ? (await browser.send("SystemInfo.getProcessInfo")).processInfo.filter((one) => one.type === "renderer").map((one) => one.id) : [];
  if (pids.length === 0) throw new Error("the browser names no page process");
  return Math.max(...pids.map((pid) => Number(readFileSync(`/proc/${pid}/statm`, "utf8").split(" ")[1]) * PAGE_BYTES));
}

let early = 0;
for (let n = 1; n <= COUNT; n++) {
  await phone.at("#/practice");
  await page.locator("[data-begin=member]").click();
  await page.locator("main[data-screen=question] [role=radio]").first().click();
  await page.locator("main[data-screen=question] fieldset:not([data-name=h1_type])").waitFor(); // the answer went on by itself
  await phone.at("#/today");
  await page.locator(".counts").waitFor();
  if (n === Math.ceil(COUNT / 10)) early = await held();
}
const late = await held();
await phone.remove();
await here.stop();

const growth = late / early;
const figures = [figure("collect_memory", late / 1e6, "MB"), figure("collect_memory_growth", growth, "times", GROWTH_MAX)];
record(out, figures);
console.log(`${COUNT} households in one page: ${(early / 1e6).toFixed(0)} MB after the first tenth, ${(late / 1e6).toFixed(0)} MB at the end, ${growth.toFixed(2)} times (at most ${GROWTH_MAX})`);
process.exit(0);
