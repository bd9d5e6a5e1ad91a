// Somebody who types fast on a slow phone: every key reaches the form, in its order and at its question, however late the
// engine answers. Chromium throttled six times; keys with no pause between them, with 20 ms, and with pauses inside.
//
//   QUIPU_BIN=target/debug/quipu node web/e2e/typing.mjs
//
// BASE_URL and LISTEN as in sheet.mjs. Exits non-zero at the first letter that is not as it should be.

import { census } from "./census.mjs";
import { BrowserPhone } from "./phone.mjs";
import { steps, type } from "./steps.mjs";

const { BASE_URL, LISTEN } = process.env;
const THROTTLE = 6;
const DELAYS_MS = [0, 5, 20];

const here = await census({ household: "web/e2e/typing.md", listen: LISTEN, app: BASE_URL });
const phone = await BrowserPhone.open(here.base);
const end = async (status) => {
  await phone.remove();
  await here.stop();
  process.exit(status);
};
const step = steps("typing", () => phone.page, end);
const equal = (is, should, what) => { if (is !== should) throw new Error(`${what} is "${is}", not "${should}"`); };
const field = (name) => phone.page.locator(`main[data-screen=question] fieldset[data-name=${name}]`);
const names = () => phone.page.locator("main[data-screen=roster] ol input");

/** Goes on to a question, answering what lies between. */
async function reach(name) {
  for (let i = 0; i < 60; i++) {
    if (await field(name).isVisible()) return;
    if (await phone.page.locator("main[data-screen=roster]").isVisible()) return;
    await phone.walk(1);
  }
  throw new Error(`${name} is not reached`);
}

/** Leaves the interview and comes back: what the phone has kept, not what the screen shows. */
async function again() {
  await phone.button("Pause").click();
  await phone.at("#/today");
  await phone.button("Continue").first().click();
  await phone.page.locator("main[data-screen] :is(input, textarea)").first().waitFor();
}

/** Taps faster than any finger: one thing in each turn of the page. */
const tap = (selector, which) => phone.page.evaluate(async ([selector, which]) => {
  for (const at of which) {
    document.querySelectorAll(selector)[at].click();
    await new Promise((resolve) => setTimeout(resolve));
  }
}, [selector, which]);

await step("enrols, lists a door and begins, on a phone six times slower", async () => {
  await phone.enrol(await here.codeOf("E-1"));
  await phone.listDoor();
  const slow = await phone.context.newCDPSession(phone.page);
  await slow.send("Emulation.setCPUThrottlingRate", { rate: THROTTLE });
  await phone.button("Start interview").click();
  await phone.page.locator("[data-begin=member]").click();
});
await step("a long text keeps every letter, its spaces and its Chinese", async () => {
  await reach("story");
  for (const delay of DELAYS_MS) {
    const text = `Carpenter and  tinsmith, ${delay} ms; 修理自行车 at the corner of the second lane `;
    await type(field("story").getByRole("textbox"), text, delay);
    await phone.page.waitForTimeout(600);
    equal(await field("story").getByRole("textbox").inputValue(), text, "the text after a pause");
    await again();
    equal(await field("story").getByRole("textbox").inputValue(), text, "the text that was kept");
  }
});
await step("a text with pauses inside it, as long as the phone takes to store", async () => {
  const box = field("story").getByRole("textbox");
  await box.fill("");
  for (const word of ["one ", "two ", "three "]) {
    await box.pressSequentially(word);
    await phone.page.waitForTimeout(400);
  }
  equal(await box.inputValue(), "one two three ", "the text");
});
await step("letters go where the cursor is", async () => {
  const box = field("story").getByRole("textbox");
  await type(box, "Li Ping", 0);
  await box.press("Home");
  await box.pressSequentially("Old ");
  await phone.page.waitForTimeout(600);
  equal(await box.inputValue(), "Old Li Ping", "the text");
  await phone.page.locator(".thumb .button").click();
});
await step("a code keeps every sign", async () => {
  await reach("meter");
  await type(field("meter").getByRole("textbox"), "A0-4471-9983-21", 0);
  await phone.page.locator(".thumb .button").click();
});
await step("a number keeps every digit, of a keyboard and of the app's own keys", async () => {
  await reach("rooms");
  await type(field("rooms").getByRole("textbox"), "12", 0);
  await phone.walk(1);
  await reach("area");
  await type(field("area").getByRole("textbox"), "123.4567", 0);
  await type(field("area").getByRole("textbox"), "12.5", 500); // so slowly that each key is answered and stored
  await field("area").getByRole("textbox").fill("");
  const keys = await field("area").getByRole("button").allInnerTexts();
  await tap("[data-name=area] button", [..."98765432"].map((digit) => keys.findIndex((key) => key.trim() === digit)));
  await phone.page.waitForTimeout(600);
  await again();
  equal(await field("area").getByRole("textbox").inputValue(), "98765432", "the number");
});
await step("two taps on Next are one", async () => {
  await phone.page.locator(".thumb .button").dblclick();
  await field("below").waitFor();
  await phone.page.waitForTimeout(600);
  if (!(await field("below").isVisible())) throw new Error("a question was passed over");
});
await step("a choice tapped twice is chosen once, and the next question is not answered", async () => {
  await reach("heat");
  const box = await field("heat").getByRole("radio").first().boundingBox();
  await phone.page.mouse.dblclick(box.x + 40, box.y + box.height / 2, { delay: 60 });
  await field("water").waitFor();
  await phone.page.waitForTimeout(600);
  if (!(await field("water").isVisible())) throw new Error("a question was passed over");
  for (const choice of await field("water").getByRole("radio").all()) equal(await choice.getAttribute("aria-checked"), "false", "a choice");
  await phone.walk(1);
});
await step("several boxes ticked at once are all ticked", async () => {
  await reach("fuels");
  await tap("[data-name=fuels] [role=checkbox]", [0, 1, 2, 3]);
  await phone.page.waitForTimeout(600);
  const boxes = await field("fuels").getByRole("checkbox").all();
  for (const box of boxes) equal(await box.getAttribute("aria-checked"), "true", "a box");
});
await step("names one after another without waiting for a line", async () => {
  const people = ["Wang Xiuying", "Wang Jun", "王小梅", "Li  Na", "Zhao Yun"];
  await reach("person");
  await names().first().fill(""); // the listing gave the head of the household
  await phone.page.keyboard.type(people.join("\n"), { delay: 0 });
  await phone.page.waitForTimeout(1500);
  const read = () => names().evaluateAll((all) => all.map((one) => one.value).join("|"));
  equal(await read(), people.join("|"), "the names");
  await again();
  equal(await read(), people.join("|"), "the names that were kept");
  // The last letters and the next screen, in one breath.
  await names().last().press("End");
  await phone.page.keyboard.type(" the younger");
  await phone.page.locator(".thumb .button").click();
  await field("birth").waitFor();
  await phone.button("Back").click();
  await names().first().waitFor();
  equal(await read(), `${people.join("|")} the younger`, "the names after Next");
});
await step("a tap too many on Next does not finish the form", async () => {
  if (!(await phone.walk())) throw new Error("the form has no end");
  await phone.button("Back").click();
  await phone.page.locator("main[data-screen=question]").waitFor();
  const box = await phone.page.locator(".thumb .button").boundingBox();
  const tap = () => phone.page.mouse.click(box.x + box.width / 2, box.y + box.height / 2);
  await tap();
  await phone.page.locator("[data-finish]").waitFor();
  await tap();
  await phone.page.waitForTimeout(900);
  if (!(await phone.page.locator("[data-finish]").isVisible())) throw new Error("the form is finished");
  await phone.finish();
});

await phone.remove();
await here.stop();
console.log("typing: every key is kept, in its order and at its question");
