// The way of somebody's first day, screen by screen at the size of a cheap phone, for eyes that have never seen the app: from the
// letter to "sent", with what goes wrong on the way. What eyes need not judge is measured here: every target is 48 px and
// apart from the next, one button is the first, the supervisor is one or two taps away. Untested with older people.
//
//   QUIPU_BIN=target/debug/quipu SHOTS=target/shots/trial LANGUAGES=zh,ar node web/e2e/trial.mjs
//
// BASE_URL and LISTEN as in sheet.mjs. Exits non-zero when a screen is hard to use in a way that can be measured.

import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { Office } from "./office.mjs";
import { BrowserPhone, PIN, walk } from "./phone.mjs";
import { steps, type } from "./steps.mjs";

const { SHOTS = "target/shots/trial", LANGUAGES = "zh,ar", BASE_URL, LISTEN } = process.env;
const TARGET_PX = 48;
await mkdir(SHOTS, { recursive: true });
const office = await Office.make({ enumerators: 2 });
if (LISTEN) Object.assign(office, { port: Number(LISTEN.split(":").pop()), url: `http://${LISTEN}` });
const [code, supervisor] = [await office.letter("E-1"), await office.letter("S-1")];
await office.start();
const phones = [];
let phone;
let shots = 0;
async function open() {
  phone = await BrowserPhone.open(BASE_URL || office.url);
  phones.push(phone);
  await phone.page.setViewportSize({ width: 360, height: 640 });
}
const end = async (status) => {
  for (const one of phones) await one.remove();
  await office.remove();
  process.exit(status);
};
const step = steps("trial", () => phone?.page, end);
const speak = (language) => phone.page.evaluate((to) => dispatchEvent(new StorageEvent("storage", { key: "quipu.language", newValue: to })), language);

/** In the page: targets too small for a thumb, and what is wider than the screen. Inline links in a sentence are let be. */
function small(least) {
  const found = [];
  const scope = document.querySelector("[role=dialog]") ?? document;
  for (const one of scope.querySelectorAll("button, a[href], input:not([type=file]), select, textarea, summary, [role=button]")) {
    const box = one.getBoundingClientRect();
    if (box.width < 2 || box.height < 2 || one.closest(".unseen, [hidden], [inert]") || getComputedStyle(one).visibility === "hidden") continue;
    // A tick box or a round mark inside a label is as large as its label.
    const area = one.closest("label")?.getBoundingClientRect() ?? box;
    if (Math.round(Math.max(area.height, box.height)) < least || Math.round(Math.max(area.width, box.width)) < least) {
      found.push(`"${(one.getAttribute("aria-label") ?? one.textContent).trim().slice(0, 30)}" is ${Math.round(box.width)} x ${Math.round(box.height)} px`);
    }
  }
  if (document.scrollingElement.scrollWidth > document.documentElement.clientWidth + 1) found.push("wider than the screen");
  return found;
}

/** Photographs the screen as it is; it must be usable. English is left on. */
async function look(name) {
  const number = String(++shots).padStart(2, "0");
  for (const language of LANGUAGES.split(",")) {
    await speak(language);
    await phone.page.waitForTimeout(200);
    const found = await phone.page.evaluate(small, TARGET_PX);
    await phone.page.screenshot({ path: join(SHOTS, `${language}-${number}-${name}.png`) });
    if (found.length > 0) throw new Error(`${name} (${language}): ${found.join("; ")}`);
  }
  await speak("en");
  await phone.page.waitForTimeout(100);
}

/** The supervisor is there without searching: on the screen itself, or in its menu. */
async function callable(what) {
  const call = () => phone.page.getByRole("link", { name: /Call/ });
  if (await call().count()) return;
  await phone.button("More").click();
  if (!(await call().count())) throw new Error(`${what}: the supervisor cannot be called`);
  await phone.page.keyboard.press("Escape");
}

/** Answers as far as the first screen of a kind or with a question. */
async function until(wanted, name) {
  for (let i = 0; i < 60; i++) {
    if (await phone.page.locator(wanted).isVisible()) return;
    await phone.page.locator("main[data-screen]").waitFor();
    await walk(phone.page, 1, name);
    await phone.page.waitForTimeout(150);
  }
  throw new Error(`${wanted} is not reached`);
}

await step("the letter, the code, the six digits", async () => {
  await open();
  await phone.goto(`#code=${code}`);
  await phone.button("Start").waitFor();
  await look("letter");
  await phone.button("Start").click();
  await phone.text("Choose six digits");
  await look("digits");
  await phone.choosePin();
  await phone.kept();
  await phone.button("Open my area").waitFor();
  await look("today-new");
  await callable("Today");
  await phone.button("Open my area").click();
  await phone.button(/Add a door/).waitFor();
  await look("area-empty");
});
await step("the position refused, and a door without an address all the same", async () => {
  await phone.context.clearPermissions();
  await phone.button("No address").click();
  await phone.page.locator("[data-kind]").first().waitFor();
  await look("place");
  await phone.button("Find where I am").click();
  await phone.page.waitForTimeout(300);
  await look("place-permission");
  await phone.button("Continue").click();
  await phone.page.getByRole("alert").first().waitFor();
  await look("place-refused");
  await phone.page.locator("[data-kind]").first().click();
  await phone.button("Start interview").waitFor();
  await look("dwelling");
});
await step("the interview: who answers, the first question, the names", async () => {
  await phone.button("Start interview").click();
  await phone.page.locator("[data-begin=member]").waitFor();
  await look("begin");
  await phone.page.locator("[data-begin=member]").click();
  await phone.page.locator("main[data-screen=question]").waitFor();
  await look("first-question");
  await callable("the first question");
  await until("main[data-screen=roster]");
  await look("names-empty");
  await type(phone.page.locator("main ol input").first(), "Wang Xiuying", 0);
  await phone.page.keyboard.press("Enter");
  await phone.page.keyboard.type("Wang Jun");
  await phone.text("Saved on this phone");
  await look("names");
  await callable("the names");
});
await step("the battery dies; the phone is started again", async () => {
  await phone.close();
  await phone.boot();
  await phone.page.setViewportSize({ width: 360, height: 640 });
  await phone.goto();
  await phone.text("Your six digits");
  await look("locked");
  await phone.unlock();
  await look("today-continue");
  await phone.button("Continue").first().click();
  await phone.page.locator("main ol input").nth(1).waitFor();
});
await step("each person, the end, the signature, sent", async () => {
  const seen = new Set();
  for (let i = 0; i < 90; i++) {
    const screen = phone.page.locator("main[data-screen]");
    await screen.waitFor();
    if ((await screen.getAttribute("data-screen")) === "end") break;
    const field = screen.locator("fieldset[data-name]").first();
    const name = (await field.count()) ? await field.getAttribute("data-name") : "";
    if (name && !seen.has(name)) await look(`question-${name}`);
    seen.add(name);
    await walk(phone.page, 1, "Wang Xiuying");
    await phone.page.waitForTimeout(100);
  }
  await look("end");
  await callable("the end");
  await phone.button("Sign").click();
  await phone.page.locator("canvas").waitFor();
  const sheet = await phone.page.locator("canvas").boundingBox();
  await phone.page.mouse.move(sheet.x + 40, sheet.y + 60);
  await phone.page.mouse.down();
  await phone.page.mouse.move(sheet.x + 180, sheet.y + 90, { steps: 4 });
  await phone.page.mouse.up();
  await look("signature");
  if (await phone.button("Finish").count()) throw new Error("a signature that is not kept could be lost by Finish");
  await phone.button("Keep").click();
  await phone.page.locator(".signing .note.done").waitFor();
  await phone.offline(true);
  await phone.button("Finish").click();
  await phone.text("Finished. Not sent yet");
  await look("finished-offline");
  await phone.offline(false);
  await phone.text("Office has it");
  await look("sent");
  await phone.button("Back to today").click();
  await phone.page.locator(".counts").waitFor();
  await look("today-sent");
});
await step("nobody at home", async () => {
  await phone.listDoor();
  await phone.button("No interview today").click();
  await look("visit");
  await phone.page.getByRole("radio").first().click();
  await look("visit-chosen");
  await phone.page.locator(".thumb .button").click();
  await phone.button("Correct this door").waitFor();
  await look("dwelling-visited");
});
await step("a dormitory of 800", async () => {
  await phone.at("#/today");
  await phone.button("Open my area").first().click();
  await phone.button("No address").click();
  await phone.page.locator("[data-kind=collective]").click();
  await phone.button("Start interview").click();
  await phone.page.locator("[data-begin=member]").click();
  await until("main[data-screen=roster]");
  await look("dormitory-empty");
  await phone.button("Without names").click();
  await phone.page.getByLabel(/not asked for a name/).fill("800");
  await look("dormitory-count");
  await phone.button("Add 800 people").click();
  await phone.page.locator("[data-people='801'], [data-people='800']").waitFor();
  await look("dormitory-names");
  await phone.button("That is everybody").click();
  await phone.page.locator("ul.rows li").nth(3).waitFor();
  await look("dormitory-people");
  await phone.button("Pause").click();
  await phone.sendAll();
});
await step("the supervisor sends the family back", async () => {
  const first = phone;
  await open();
  await phone.goto();
  await phone.code(supervisor);
  await phone.choosePin();
  await phone.page.locator("ul.rows .chip").first().waitFor();
  await look("supervisor-today");
  await phone.page.locator("ul.rows button.row", { has: phone.page.locator(".chip") }).first().click();
  await phone.button("To check").click();
  await phone.page.locator("ul.rows button.row").first().click();
  await phone.button("See the answers").click();
  await phone.page.locator("summary").first().waitFor();
  await look("supervisor-answers");
  await phone.button("Send back").click();
  await phone.page.getByLabel("Two answers do not fit together.").check();
  await phone.button("Send back").click();
  await phone.text("Sent back");
  await phone.sendAll();
  phone = first;
  await phone.page.reload();
  await phone.unlock();
  await phone.button("Send now").click();
  await phone.text(/sent one household back/);
  await look("today-returned");
  await phone.page.locator("ul.rows button.row", { hasText: "Sent back" }).first().click();
  await phone.button("Open and correct").waitFor();
  await look("dwelling-returned");
  await phone.button("Open and correct").click();
  await phone.page.locator("main[data-screen]").waitFor();
  await look("returned");
});
await step("the area goes to somebody else, who finds every door", async () => {
  const successor = await office.between(async () => {
    await office.lease(office.areas[0], "E-2");
    return office.letter("E-2");
  });
  await open();
  await phone.goto();
  await phone.code(successor);
  await phone.choosePin();
  await phone.text(/of \d households/);
  await look("handover-today");
  await callable("Today after a handover");
  await phone.button("Open my area").first().click();
  await phone.page.locator("ul.rows button.row").first().waitFor();
  await look("handover-area");
});
await end(0);
