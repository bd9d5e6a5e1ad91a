// A resident alone with the enumerator's phone, locked to their own household: every way out is tried. Nothing of another
// household may be seen, by the eye or by a screen reader, and only the six digits give the phone back.
//
//   QUIPU_BIN=target/debug/quipu node web/e2e/resident.mjs
//
// BASE_URL and LISTEN as in sheet.mjs. Exits non-zero at the first thing that is seen.

import { census } from "./census.mjs";
import { BrowserPhone, PIN } from "./phone.mjs";
import { steps } from "./steps.mjs";

const { BASE_URL, LISTEN } = process.env;
/** What belongs to the others: their names, their door, the way to them. */
const OTHERS = /Sun Wukong|Zhu Bajie|Red tower|Open my area|Household 1\b|Add a door|Start interview/;

const here = await census({ listen: LISTEN, app: BASE_URL });
const phone = await BrowserPhone.open(here.base);
const end = async (status) => {
  await phone.remove();
  await here.stop();
  process.exit(status);
};
const step = steps("resident", () => phone.page, end);
const own = () => phone.page.locator("main[data-screen]");

/** Nothing of others is on this page, in its title, its labels or what is hidden in it. */
async function closed(what, page = phone.page) {
  const all = await page.evaluate(() => [document.title, document.body.innerText, ...[...document.querySelectorAll("*")].flatMap((one) =>
    [...one.attributes].map(({ value }) => value)), ...[...document.querySelectorAll("input, textarea")].map((one) => one.value)].join("\n"));
  const seen = OTHERS.exec(all);
  if (seen) throw new Error(`${what}: "${seen[0]}" can be seen`);
}

/** The resident's own question, and nothing else. */
async function locked(what) {
  await own().waitFor();
  await closed(what);
  for (const name of ["Pause", "More"]) if (await phone.button(name).count()) throw new Error(`${what}: there is a button "${name}"`);
}

let doors;
await step("an area with another household, interviewed, and one more at the door", async () => {
  await phone.enrol(await here.codeOf("E-1"));
  await phone.listDoor();
  if (!(await phone.interview("Sun Wukong"))) throw new Error("the first interview has no end");
  await phone.listDoor();
  doors = await phone.page.evaluate(() => /dwelling\/(\d+)\/(\d+)/.exec(location.hash).slice(1).map(Number));
  await phone.button("Start interview").click();
  await phone.page.locator("[data-begin=member]").click();
  await phone.walk(3, "Li Ping");
});
await step("the enumerator hands the phone over", async () => {
  await phone.button("More").click();
  await phone.button(/Hand the phone to the household/).click();
  await locked("handed over");
});
await step("back: the button, the browser's own, forty times", async () => {
  for (let i = 0; i < 40; i++) {
    const back = phone.button("Back");
    if (!(await back.count())) break;
    await back.click();
    await locked("the app's back button");
  }
  for (let i = 0; i < 10; i++) {
    await phone.page.evaluate(() => history.back());
    await phone.page.waitForTimeout(50);
    await locked("the browser's back");
  }
  await phone.page.evaluate(() => history.go(1));
  await phone.page.waitForTimeout(50);
  await locked("the browser's forward");
});
await step("addresses: every screen of the app, typed into the bar", async () => {
  const [ea, dwelling] = doors;
  for (const to of ["today", `area/${ea}`, `map/${ea}`, `place/${ea}`, `dwelling/${ea}/1`, `dwelling/${ea}/${dwelling}`, `visit/${ea}/1/1`,
    `household/${ea}/1/1`, `household/${ea}/1/1/roster`, `listing/${ea}/1`, `resume/${encodeURIComponent(`listing/${ea}/new`)}`,
    `done/1/${ea}/1/1`, "sent", "settings", "practice", "deliver", "", "nonsense", `code=${"A".repeat(20)}`]) {
    await phone.at(`#/${to}`);
    await phone.page.waitForTimeout(60);
    await locked(`#/${to}`);
  }
});
await step("keys, taps held long and the pages of a screen reader", async () => {
  for (const key of ["Escape", "Alt+ArrowLeft", "Alt+Home", "F6", "Tab", "Shift+Tab", "BrowserBack"]) await phone.page.keyboard.press(key).catch(() => undefined);
  await locked("keys");
});
await step("the six digits: wrong ones open nothing, however many", async () => {
  for (const digits of ["000000", "123456", "111111", "246810", "999999", "654321"]) {
    if (!(await phone.page.getByRole("dialog").count())) await phone.button("Give the phone back").click();
    await phone.pin(digits);
    await phone.text("Not the right digits");
    await closed(`after ${digits}`);
  }
  await phone.page.keyboard.press("Escape");
});
await step("the page loaded again, and the app opened beside it, ask for the six digits", async () => {
  await phone.page.reload();
  await phone.text("Your six digits");
  await closed("loaded again");
  for (const to of ["", "#/today", `#/area/${doors[0]}`, `#/household/${doors[0]}/1/1`, "#/settings", "#/deliver"]) {
    const beside = await phone.context.newPage();
    await beside.goto(`${phone.url}/collect/${to}`);
    await beside.getByRole("heading").first().waitFor();
    await beside.waitForTimeout(200);
    await closed(`another tab at ${to || "the start"}`, beside);
    const here = beside.getByRole("button", { name: "Use it here" }).first();
    if (await here.count()) {
      await here.click();
      await beside.waitForTimeout(300);
      await closed(`another tab at ${to || "the start"}, taken over`, beside);
    }
    await beside.close();
  }
});
await step("a tab the enumerator left open beside the locked one opens nothing", async () => {
  await phone.goto();
  await phone.unlock();
  const old = phone.page;
  const beside = await phone.context.newPage();
  phone.page = beside;
  await phone.goto();
  await beside.getByRole("button", { name: "Use it here" }).first().click();
  await phone.unlock();
  await phone.button("Continue").first().click();
  await own().waitFor();
  await phone.button("More").click();
  await phone.button(/Hand the phone to the household/).click();
  await locked("handed over in the second tab");
  await old.bringToFront();
  await closed("the first tab", old);
  await old.getByRole("button", { name: "Use it here" }).first().click();
  await old.getByText("Your six digits").waitFor();
  await closed("the first tab, taken over", old);
  // The locked tab has lost the work; it does not open either.
  await beside.bringToFront();
  await closed("the locked tab, work taken from it");
  await beside.getByRole("button", { name: "Use it here" }).first().click();
  await beside.waitForTimeout(500);
  await closed("the locked tab, work taken back");
  phone.page = beside;
  await old.close();
  await phone.goto();
  await phone.unlock();
});
await step("the resident finishes: the phone stays locked until the six digits", async () => {
  await phone.button("Continue").first().click();
  await own().waitFor();
  await phone.button("More").click();
  await phone.button(/Hand the phone to the household/).click();
  await locked("handed over again");
  if (!(await phone.walk(undefined, "Li Ping"))) throw new Error("no last screen");
  await closed("the last screen");
  await phone.button("Finish").click();
  await phone.text("Please give the phone back");
  await closed("finished");
  for (const to of ["today", `area/${doors[0]}`, `dwelling/${doors[0]}/1`]) {
    await phone.at(`#/${to}`);
    await phone.page.waitForTimeout(60);
    await closed(`finished, #/${to}`);
  }
  await phone.page.evaluate(() => history.back());
  await phone.page.waitForTimeout(60);
  await closed("finished, back");
  await phone.button("Give the phone back").click();
  await phone.pin(PIN);
  await phone.button("Next door").waitFor();
});

await phone.remove();
await here.stop();
console.log("resident: nothing of another household was seen; only the six digits gave the phone back");
