// Tries to lose work, in real Chromium against a running server: the browser is killed at random moments in an interview,
// also while it writes; then finished work is copied to a file, the site's data is cleared, and the copy is handed in.
//
//   BASE_URL=http://127.0.0.1:8080 CODE=XXXX-XXXX PROFILE=folder-of-collect.mjs KILLS=20 node e2e/lost.mjs
//
// CODE is the code of the letter this profile was enrolled with. Exits non-zero at the first thing that is lost.

import { spawn } from "node:child_process";
import { readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { chromium } from "playwright-core";

const { BASE_URL, CODE, PROFILE, SHOTS = "", KILLS = "20", SEED = String(Date.now() % 100_000) } = process.env;
if (!BASE_URL || !CODE || !PROFILE) {
  console.error("BASE_URL, CODE and PROFILE must be set");
  process.exit(2);
}
const PIN = "246813"; // as in collect.mjs
const WAIT_MS = 20_000;
const ARGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update",
  "--disable-sync", "--lang=en-GB", "--accept-lang=en-GB"];

let seed = Number(SEED);
const random = (below) => {
  seed = (Math.imul(seed, 1103515245) + 12345) & 0x7fffffff;
  return (seed >> 8) % below;
};

let page;
let end; // ends the browser that is open, at once
process.on("exit", () => end?.());

async function step(what, work) {
  const began = Date.now();
  await work().catch(async (error) => {
    console.error(`FAILED: ${what}: ${error.message} (SEED=${SEED})`);
    if (SHOTS) await page.screenshot({ path: join(SHOTS, "lost-failed.png") }).catch(() => undefined);
    process.exit(1);
  });
  console.log(`ok  ${what} (${Date.now() - began} ms)`);
}
const button = (name) => page.getByRole("button", { name, exact: typeof name === "string" });
const pin = async () => { for (const digit of PIN) await button(digit).click(); };

/** A browser of our own, so that it can be killed as the system kills it: without a word. */
async function open() {
  await rm(join(PROFILE, "DevToolsActivePort"), { force: true });
  for (const lock of ["SingletonLock", "SingletonCookie", "SingletonSocket"]) await rm(join(PROFILE, lock), { force: true });
  const child = spawn(process.env.CHROMIUM ?? "/usr/bin/chromium", [...ARGS, "--headless=new", "--remote-debugging-port=0",
    `--user-data-dir=${PROFILE}`, "--window-size=390,844", "about:blank"], { stdio: "ignore", detached: true });
  const gone = new Promise((resolve) => child.on("exit", resolve));
  end = () => { try { process.kill(-child.pid, "SIGKILL"); } catch { /* gone already */ } };
  let port;
  for (let i = 0; i < 100 && !port; i++) {
    await new Promise((resolve) => setTimeout(resolve, 50));
    port = await readFile(join(PROFILE, "DevToolsActivePort"), "utf8").then((text) => text.split("\n")[0], () => undefined);
  }
  const browser = await chromium.connectOverCDP(`http://127.0.0.1:${port}`);
  const context = browser.contexts()[0];
  context.setDefaultTimeout(WAIT_MS);
  page = context.pages()[0] ?? (await context.newPage());
  await page.goto(`${BASE_URL}/collect/`);
  return { browser, context, gone };
}

/** The question that names a building of the listing, whose digits are typed and looked for. */
const field = () => page.locator("fieldset[data-name=building_no]").getByRole("textbox");

/** Typed since the last word of safety. */
const tried = [];

await step(`killed ${KILLS} times in a door, and every answer shown as saved is there`, async () => {
  let saved = "";
  for (let kill = 0; kill <= Number(KILLS); kill++) {
    const { browser, gone } = await open();
    await page.getByText("Your six digits").waitFor();
    await pin();
    if (kill === 0) {
      await button("Open my area").first().click();
      await button(/Add a door/).click();
    } else await button("Continue").first().click();
    await field().waitFor();
    const found = await field().inputValue();
    // What was typed after the last word of safety may be there or not; what was said to be safe must be.
    if (kill > 0 && found !== saved && !tried.includes(found)) throw new Error(`"${saved}" was saved and "${found}" is there`);
    saved = found;
    tried.length = 0;
    const last = kill === Number(KILLS);
    for (let typed = 0; typed < 2 + random(4); typed++) {
      const text = String(1 + random(9999));
      await field().fill(text);
      tried.push(text);
      // Before the first word of safety there is no draft to go on with.
      const first = kill === 0 && typed === 0;
      if (first || last || random(2) === 0) {
        await page.getByText("Saved on this phone").waitFor();
        saved = text;
        tried.length = 0;
      } else await page.waitForTimeout(random(700)); // the draft is written 400 ms after the last key
    }
    if (last) {
      await browser.close();
      end();
      await gone;
      return;
    }
    end();
    await gone;
    await browser.close().catch(() => undefined);
  }
});

await step("a copy outside the browser hands in what clearing the site's data took away", async () => {
  const context = await chromium.launchPersistentContext(PROFILE, {
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", headless: true, args: ARGS, locale: "en-GB", acceptDownloads: true,
    viewport: { width: 390, height: 844 },
  });
  context.setDefaultTimeout(WAIT_MS);
  end = undefined;
  page = context.pages()[0] ?? (await context.newPage());
  await page.goto(`${BASE_URL}/collect/`);
  await page.getByText("Your six digits").waitFor();
  await pin();
  await page.locator(".counts").waitFor();
  await context.setOffline(true);
  await page.evaluate(() => { location.hash = "#/today"; });
  // A visit is finished work too, and the shortest.
  await button("Open my area").first().click();
  await page.locator("ul.rows button.row").first().click();
  await button("Correct this door").waitFor();
  await page.evaluate(() => { location.hash = `${location.hash.replace("dwelling", "visit")}/1`; });
  await page.getByRole("radio").first().click();
  await page.locator(".thumb .button").click();
  await button("Correct this door").waitFor();
  await page.evaluate(() => { location.hash = "#/settings"; });
  const download = page.waitForEvent("download");
  await button("Keep a copy").click();
  const file = await (await download).path();
  await page.getByText("Everything finished is in your last copy.").waitFor();

  const session = await context.newCDPSession(page);
  await context.setOffline(false);
  await page.goto("about:blank");
  await session.send("Storage.clearDataForOrigin", { origin: new URL(BASE_URL).origin, storageTypes: "all" });
  await page.goto(`${BASE_URL}/collect/`);
  await page.getByLabel("Your code").waitFor();
  await button("I have a copy of finished work").click();
  await page.locator("input[type=file]").setInputFiles(file);
  await page.locator("#code").fill("ZZZZ-ZZZZ-ZZZZ-ZZZZ-ZZZZ");
  await button("Hand it in").click();
  await page.getByText("The code does not open this copy").waitFor();
  await page.locator("#code").fill(CODE.toLowerCase());
  await button("Hand it in").click();
  await page.getByText("The office has it: one piece of work.").waitFor();
  if (SHOTS) await page.screenshot({ path: join(SHOTS, "lost-delivered.png") });
  // Handed in once more it changes nothing, and says so honestly: it is there.
  await button("Hand it in").click();
  await page.getByText("The office has it: one piece of work.").waitFor();
  await context.close();
});
console.log("lost: nothing that was said to be safe was lost");
