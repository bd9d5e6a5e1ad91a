// Tries to lose or double finished work, in real Chromium against a real server through a network that fails: replies lost,
// repeated, cut and late; a clock far off; a full disk; the site's data cleared; thirty days without a network and a token that
// is old; another enumerator in mid-area. At the end the office's own counts must be what was finished, once each.
//
//   ROUNDS=1 node e2e/faults.mjs
//
// ROUNDS: how often the network, the clock and the disk fail, and how much is done each time. Makes an office of its own. Exits non-zero at the first thing that is lost.

import { join } from "node:path";
import { FaultyNetwork } from "./faulty.mjs";
import { Office } from "./office.mjs";
import { BrowserPhone } from "./phone.mjs";
import { steps } from "./steps.mjs";

const { SHOTS = "", ROUNDS = "1" } = process.env;
const DAY_MS = 86_400_000;
const FAULTS = ["lose", "repeat", "cut", "halve", "refuse", "delay"];
const office = await Office.make({ enumerators: 2 });
let network;
let phone;
/** What was shown as finished, at the first enumerator's area. */
const finished = { doors: 0, interviews: 0, visits: 0 };

const step = steps("faults", () => phone?.page, end);
async function end(code) {
  await phone?.remove().catch(() => undefined);
  await network?.close().catch(() => undefined);
  await office.remove().catch(() => undefined);
  process.exit(code);
}

const question = () => phone.page.locator("main fieldset").first().getAttribute("data-name");

/** Goes on with the draft, which must be at its question (one of these), and hands the household in. */
async function finishDraft(...at) {
  await phone.button("Continue").first().click();
  await phone.page.locator("main[data-screen]").waitFor();
  const after = await question();
  if (!at.includes(after)) throw new Error(`the draft was at ${at} and is at ${after}`);
  if (!(await phone.walk())) throw new Error("the interview has no end");
  await phone.finish();
  finished.interviews += 1;
  await phone.sendAll();
}

async function household() {
  await phone.listDoor();
  finished.doors += 1;
  await phone.interview("Zhao Yun");
  finished.interviews += 1;
}
async function visit() {
  await phone.visit();
  finished.visits += 1;
}
async function reopen() {
  await phone.close();
  await phone.boot();
  await phone.goto();
  await phone.unlock();
}

const [code, again, successor] = [await office.letter("E-1"), await office.letter("E-1"), await office.letter("E-2")];
await office.start();
network = await FaultyNetwork.to(office.port);
phone = await BrowserPhone.open(network.url);

await step("enrols, and finishes a household", async () => {
  await phone.enrol(code);
  await household();
  await phone.sendAll();
});

for (let round = 0; round < Number(ROUNDS); round++) {
  await step("replies lost, repeated, cut and late, requests halved and refused", async () => {
    for (const fault of FAULTS) {
      await phone.offline(true);
      await visit();
      // Twice in a row, on whichever way of the exchange comes first or, in every other round, second.
      let seen = 0;
      network.fault = () => { seen += 1; return seen > round % 2 && seen <= round % 2 + 2 ? fault : undefined; };
      const before = network.done[fault] ?? 0;
      await phone.offline(false);
      await phone.sendAll();
      await phone.page.waitForTimeout(100);
      if ((network.done[fault] ?? 0) === before) throw new Error(`no request met ${fault}`);
      network.fault = () => undefined;
    }
  });
  await step("a clock at 1970, ten years behind and ten years ahead", async () => {
    const to1970_ms = -Date.now();
    for (const shift_ms of [to1970_ms, -3652 * DAY_MS, 3652 * DAY_MS]) {
      await phone.clock(shift_ms);
      if (round > 0 || shift_ms === to1970_ms) await household();
      else await visit();
      await phone.sendAll();
    }
    await phone.clock(0);
    await visit();
    await phone.sendAll();
  });
  await step("a full disk is said; what was saved is there, and work goes on when there is room", async () => {
    await phone.listDoor();
    finished.doors += 1;
    await phone.interview("Zhao Yun", 4);
    await phone.page.waitForTimeout(800);
    const before = await question();
    // Chromium asks how much room there is when a storage is opened, and then for half a minute no more.
    await phone.close();
    await phone.boot();
    const session = await phone.context.newCDPSession(phone.page);
    await session.send("Storage.overrideQuotaForOrigin", { origin: network.url, quotaSize: 1 });
    await phone.goto();
    await phone.unlock();
    await phone.button("Continue").first().click();
    await phone.next();
    await phone.text("This phone has no space left");
    // The next question stands there, and nobody goes further than that before it is stored.
    const shown = await question();
    await phone.next();
    await phone.page.waitForTimeout(300);
    if ((await question()) !== shown) throw new Error("somebody went on from what was not stored");
    await phone.text("This phone has no space left");
    await reopen();
    await finishDraft(before, shown);
  });
}

await step("thirty days without a network, with a token that is old by then", async () => {
  await phone.offline(true);
  for (let day = 1; day <= 30; day++) {
    await phone.clock(day * DAY_MS);
    await phone.at("#/today");
    if (day % 20 === 0) await household();
    else if (Number(ROUNDS) > 1 || day % 5 === 0) await visit();
    if (day % 20 === 0) await reopenOffline(day);
  }
  await phone.at("#/today");
  const { unsent } = await phone.sent();
  if (unsent < 7) throw new Error(`only ${unsent} pieces of work waited`);
  await phone.offline(false);
  await phone.sendAll();
  await phone.clock(0);
});

async function reopenOffline(day) {
  await phone.close();
  await phone.boot();
  await phone.offline(true);
  await phone.goto();
  await phone.clock(day * DAY_MS);
  await phone.unlock();
}

await step("the site's data is cleared; the copy outside the browser hands in what was finished", async () => {
  await phone.offline(true);
  await visit();
  await phone.at("#/settings");
  const download = phone.page.waitForEvent("download");
  await phone.button("Keep a copy").click();
  const file = await (await download).path();
  await phone.text("Everything finished is in your last copy.");
  const session = await phone.context.newCDPSession(phone.page);
  await phone.offline(false);
  await phone.page.goto("about:blank");
  await session.send("Storage.clearDataForOrigin", { origin: network.url, storageTypes: "all" });
  await phone.goto();
  await phone.button("I have a copy of finished work").click();
  await phone.page.locator("input[type=file]").setInputFiles(file);
  await phone.page.locator("#code").fill(code);
  network.fault = (path, n) => (path === "/v1/sync" && n % 3 === 0 ? "lose" : undefined);
  for (let tries = 0; tries < 5; tries++) {
    await phone.button("Hand it in").click();
    await phone.page.locator("[role=status].done, [role=alert].wrong").first().waitFor();
    if (await phone.page.getByText("The office has it: one piece of work.").count()) break;
    if (tries === 4) throw new Error("the copy was not handed in");
  }
  network.fault = () => undefined;
  await phone.enrol(again);
});

await step("another enumerator gets the area in mid-work; the first one's work is taken in, and a draft stays", async () => {
  await phone.offline(true);
  await household();
  await phone.listDoor();
  finished.doors += 1;
  await phone.interview("Zhao Yun", 5);
  await phone.page.waitForTimeout(800);
  const at = await phone.page.locator("main fieldset").first().getAttribute("data-name");
  await office.between(() => office.lease(office.areas[0], "E-2"));
  await phone.offline(false);
  await reopen();
  await phone.sendAll();
  await finishDraft(at);
});

await step("the successor comes in on the same phone and finds every door", async () => {
  await phone.at("#/settings");
  await phone.button("Somebody else uses this phone").click();
  await phone.button("Another person, with a letter").click();
  await phone.code(successor);
  await phone.choosePin("135792");
  await phone.text(new RegExp(`of ${finished.doors} households`));
});

await step("0 lost and 0 doubled, by the office's own counts", async () => {
  const { [office.areas[0]]: here } = await office.counts();
  const said = `${JSON.stringify(here)}, finished ${JSON.stringify(finished)}`;
  const lost = finished.interviews - here.interviewed;
  const doubled = here.interviews - here.interviewed;
  if (lost !== 0 || doubled !== 0 || here.doors !== finished.doors || here.visits !== finished.visits) {
    throw new Error(`${lost} lost, ${doubled} doubled: ${said}`);
  }
  console.log(`    ${finished.doors} doors, ${finished.interviews} interviews, ${finished.visits} visits; faults ${JSON.stringify(network.done)}`);
});
await end(0);
