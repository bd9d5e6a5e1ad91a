// Two enumerators share a phone, in real Chromium against a real server: each has a store and six digits of their own. One's
// finished work goes out when the other syncs, and the other can read none of it. Wrong digits and a handover erase nothing.
//
//   node e2e/shared.mjs
//
// Makes an office of its own. Exits non-zero at the first thing that is not as it should be.

import { join } from "node:path";
import { Office } from "./office.mjs";
import { BrowserPhone, PIN } from "./phone.mjs";
import { steps } from "./steps.mjs";

const OTHER_PIN = "135792";
const NAME = "Ouyang Zhenhua";
const { SHOTS = "" } = process.env;
const office = await Office.make({ enumerators: 2 });
let phone;
let shots = 0;

const step = steps("shared", () => phone?.page, end);
async function end(code) {
  await phone?.remove().catch(() => undefined);
  await office.remove().catch(() => undefined);
  process.exit(code);
}
const shot = (name) => SHOTS ? phone.page.screenshot({ path: join(SHOTS, `shared-${++shots}-${name}.png`) }) : undefined;
const who = (name) => phone.page.locator("ul.rows button.row", { hasText: name });

/** Whether a text lies in the clear in any store of the browser. */
const inTheClear = (text) => phone.page.evaluate(async (wanted) => {
  const needle = new TextEncoder().encode(wanted);
  const holds = (value) => value instanceof Uint8Array
    ? value.some((_, at) => needle.every((byte, i) => value[at + i] === byte))
    : value && typeof value === "object" && !(value instanceof CryptoKey) ? Object.values(value).some(holds) : typeof value === "string" && value.includes(wanted);
  const found = [];
  for (const { name } of await indexedDB.databases()) {
    const db = await new Promise((resolve, reject) => {
      const opening = indexedDB.open(name);
      opening.onsuccess = () => resolve(opening.result);
      opening.onerror = () => reject(opening.error);
    });
    for (const store of db.objectStoreNames) {
      const all = db.transaction(store).objectStore(store);
      const [keys, values] = await Promise.all(["getAllKeys", "getAll"].map((read) => new Promise((resolve) => {
        const asked = all[read]();
        asked.onsuccess = () => resolve(asked.result);
      })));
      values.forEach((value, i) => { if (holds(value)) found.push(`${name}/${store}/${String(keys[i])}`); });
    }
    db.close();
  }
  return found;
}, text);

const [first, second] = [await office.letter("E-1"), await office.letter("E-2")];
await office.start();
phone = await BrowserPhone.open(office.url);

await step("the first comes in with a letter; the second with another, in a store of their own", async () => {
  await phone.enrol(first);
  await phone.at("#/settings");
  await phone.button("Somebody else uses this phone").click();
  await phone.text("Who are you?");
  await phone.button("Another person, with a letter").click();
  await phone.code(second);
  await phone.choosePin(OTHER_PIN);
  await phone.text("Enumerator 2");
});
await step("the first interviews a household without a network and hands the phone on", async () => {
  await phone.offline(true);
  await phone.at("#/settings");
  await phone.button("Somebody else uses this phone").click();
  await shot("who");
  await who("Enumerator 1").click();
  await phone.unlock(PIN);
  await phone.listDoor();
  await phone.interview(NAME);
  await phone.listDoor();
  await phone.interview(NAME, 6); // a draft stays
  await phone.page.waitForTimeout(800);
  await phone.at("#/settings");
  await phone.button("Somebody else uses this phone").click();
  await phone.text("3 pieces of work not sent");
  await shot("who-unsent");
});
await step("the second's digits do not open the first's work, however often", async () => {
  await who("Enumerator 1").click();
  for (let times = 0; times < 4; times++) {
    await phone.pin(OTHER_PIN);
    await phone.text(/Not the right digits|Still not right/);
  }
  await phone.button("Somebody else uses this phone").click();
  await who("Enumerator 2").click();
  await phone.unlock(OTHER_PIN);
  if (await phone.page.getByText(NAME).count()) throw new Error("the second sees the first's household");
  // Colleagues' names are no secret, so the search itself is seen to find something.
  if ((await inTheClear("Enumerator 1")).length === 0) throw new Error("the stores could not be searched");
  const found = await inTheClear(NAME);
  if (found.length > 0) throw new Error(`a name lies in the clear in ${found.join(", ")}`);
});
await step("the office gives the first's area to the second meanwhile", async () => {
  await office.between(() => office.lease(office.areas[0], "E-2"));
});
await step("the second finds a network: the first's finished work goes out too", async () => {
  await phone.listDoor();
  await phone.interview("Second Household");
  await phone.offline(false);
  await phone.sendAll();
  await phone.at("#/settings");
  await phone.button("Somebody else uses this phone").click();
  await phone.page.waitForFunction(() => !/not sent/.test(document.body.innerText), undefined, { timeout: 20_000 });
});
await step("the first still has the draft, at its question, and reads what became of the rest", async () => {
  await phone.close();
  await phone.boot();
  await phone.goto();
  await phone.text("Who are you?");
  await who("Enumerator 1").click();
  await phone.unlock(PIN);
  await phone.text(/person 1.*Continue\?|Continue\?/);
  await phone.button("Continue").first().click();
  await phone.page.locator("main[data-screen=question]").waitFor();
  await shot("draft");
});
await step("the office has every finished household once", async () => {
  const counts = await office.counts();
  const [a, b] = office.areas.map((area) => counts[area] ?? {});
  const said = JSON.stringify(counts);
  if (a.doors !== 2 || a.interviews !== 1 || a.interviewed !== 1) throw new Error(`the first's work is not there once: ${said}`);
  if (b.doors !== 1 || b.interviews !== 1 || b.counted !== 1) throw new Error(`the second's work is not there once: ${said}`);
});
console.log("shared: two people, two stores, one phone; nothing read by the other, nothing lost");
await end(0);
