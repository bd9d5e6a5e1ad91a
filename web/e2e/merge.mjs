// Two entries of the list that are one household, in real Chromium against a census of its own: merged, parted, merged again
// without a network; one number survives, the other is never given again; the people go along, the supervisor's phone shows
// it, and the server's tables count one household fewer.
//
//   QUIPU_BIN=target/debug/quipu SHOTS=target/shots node web/e2e/merge.mjs
//
// BASE_URL and LISTEN as in sheet.mjs. Exits non-zero at the first thing that is not as it should be.

import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { findings } from "./axe.mjs";
import { census } from "./census.mjs";
import { BrowserPhone } from "./phone.mjs";
import { steps } from "./steps.mjs";

const { SHOTS = "", BASE_URL, LISTEN } = process.env;
if (SHOTS) await mkdir(SHOTS, { recursive: true });
const here = await census({ listen: LISTEN, app: BASE_URL });
const phone = await BrowserPhone.open(here.base);
let supervisor;
const { page } = phone;
await page.setViewportSize({ width: 360, height: 640 });
const end = async (status) => {
  await phone.remove();
  await supervisor?.remove();
  await here.stop();
  process.exit(status);
};
const step = steps("merge", () => page, end);
const button = (name) => page.getByRole("button", { name, exact: typeof name === "string" });
const equal = (is, should, what) => { if (String(is) !== String(should)) throw new Error(`${what} is ${is}, not ${should}`); };
const speak = (language) => page.evaluate((to) => dispatchEvent(new StorageEvent("storage", { key: "quipu.language", newValue: to })), language);
const merged = (number, on = page) => on.locator(`[data-merged="${number}"]`);

/** Everybody can use the screen, in both directions of writing, it fits, and it says so in each language. */
async function look(name, said) {
  for (const language of ["zh", "ar", "en"]) {
    await speak(language);
    await page.getByText(said[language]).first().waitFor();
    const wrong = await findings(page);
    if (wrong.length > 0) throw new Error(`${name} (${language}) is not accessible: ${wrong.join("; ")}`);
    if (await page.evaluate(() => document.scrollingElement.scrollWidth > document.documentElement.clientWidth + 1)) throw new Error(`${name} (${language}) is wider than the screen`);
    if (SHOTS) await page.screenshot({ path: join(SHOTS, `merge-${name}-${language}-phone.png`) });
  }
}
async function merge() {
  await button("Two households are really one").click();
  await page.locator("[role=dialog] button.row", { hasText: "2" }).click();
  await page.locator("[role=dialog] button.row").first().click();
}

await step("enrols and loses the network", async () => {
  await phone.enrol(await here.codeOf("E-1"));
  await page.context().setOffline(true);
});
await step("one door with two households, one of them begun", async () => {
  await button("Open my area").first().click();
  await button("No address").click();
  await page.locator("[data-kind=conventional]").click();
  await page.locator("header .name", { hasText: /^Door/ }).waitFor();
  await button("Another household lives here").click();
  await button("Yes, add it").click();
  await page.locator("[data-begin=member]").click();
  // The household's own questions, as far as the names.
  while ((await page.locator("main[data-screen]").getAttribute("data-screen")) !== "roster") await phone.walk(1);
  await page.locator("ol input").first().fill("Chen Mei");
  await page.getByText("Saved").first().waitFor();
  await phone.at("#/today");
  await button("Open my area").first().click();
  await page.locator("ul.rows button.row").first().click();
  await page.getByText("Two households are really one").waitFor();
});
await step("they are one: one number stays, the other says where it went", async () => {
  await merge();
  await look("ask", { zh: "不再给别人", ar: "ولا يُعطى لغيرها", en: "is not given to anybody else" });
  await button("Yes, they are one").click();
  await merged(2).waitFor();
  equal(await merged(2).getAttribute("data-into"), "1", "what household 2 is part of");
  equal(await button("Two households are really one").count(), 0, "a further merge of one household");
  equal(await merged(2).getByRole("button", { name: /interview/i }).count(), 0, "an interview of a merged household");
  await look("card", { zh: "并入另一户", ar: "جزء من أسرة أخرى", en: "Part of another" });
});
await step("who was on the list is now in the household that stays", async () => {
  await button(/Continue|Start interview/).first().click();
  await page.locator("main[data-screen]").waitFor();
  if (await page.locator("[data-begin=member]").count()) await page.locator("[data-begin=member]").click();
  await page.waitForTimeout(200);
  while ((await page.locator("main[data-screen]").getAttribute("data-screen")) !== "roster") await phone.walk(1);
  equal(await page.locator("ol input").first().inputValue(), "Chen Mei", "who is on the list");
  await page.getByRole("button", { name: /Pause|later/i }).first().click();
  await merged(2).waitFor();
});
await step("two after all, then one again; the next household gets a new number", async () => {
  await button("They are two after all").click();
  await look("undo", { zh: "重新作为单独一户", ar: "هل تعود أسرة مستقلة", en: "Make it a household of its own again" });
  await button("Yes, two").click();
  await merged(2).waitFor({ state: "detached" });
  await button("Two households are really one").waitFor();
  await merge();
  await button("Yes, they are one").click();
  await merged(2).waitFor();
  await button("Another household lives here").click();
  await button("Yes, add it").click();
  await page.locator("[data-begin=member]").waitFor();
  await page.locator("header button").first().click();
  await button("Another household lives here").waitFor();
  const numbers = [...(await page.locator("main .card h1").allInnerTexts()).join(" ").matchAll(/Household (\d+)/g)].map(([, n]) => n);
  equal(numbers.includes("2") && numbers.includes("3"), true, `households 2 and 3 among ${numbers}`);
});
await step("everything reaches the office, and nothing is held", async () => {
  await page.context().setOffline(false);
  await phone.sendAll();
});
await step("the supervisor's phone shows what became of the household", async () => {
  supervisor = await BrowserPhone.open(here.base);
  await supervisor.enrol(await here.codeOf("S-1"));
  await phone.at("#/today");
  await button("Open my area").first().click();
  const area = await page.evaluate(() => location.hash);
  await supervisor.at(area);
  await supervisor.page.locator("ul.rows button.row").first().click();
  await merged(2, supervisor.page).waitFor();
  equal(await merged(2, supervisor.page).getAttribute("data-into"), "1", "what household 2 is part of");
});
await phone.close();
await supervisor.close();
await step("the tables count two households, and tell the whole story", async () => {
  const rows = async (statement) => (await here.sql(statement)).split("\n").filter((line) => /^\| +\S/.test(line)).slice(1)
    .map((line) => line.split("|").slice(1, -1).map((cell) => cell.trim()).join(" ")).join("; ");
  equal(await rows("SELECT dwellings, households, not_started, held FROM area_progress WHERE level = 0"), "1 2 2 0", "dwellings, households, not started, held");
  equal(await rows("SELECT household, coalesce(merged_into, 0) AS merged_into FROM household_merged ORDER BY journal_offset"), "2 1; 2 0; 2 1", "merged, parted, merged");
  equal(await rows("SELECT count(DISTINCT household) FROM household_listed"), "3", "numbers given");
});
await here.stop();
console.log("merge: two entries are one household, two after all, and one again; its number is not given again");
process.exit(0);
