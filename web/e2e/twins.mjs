// Two choices of one name, where the form allows it (`allow_choice_duplicates`): both are shown, and they are one answer.
//
//   QUIPU_BIN=target/debug/quipu node web/e2e/twins.mjs
//
// Exits non-zero at the first thing that is not as it should be.

import { census } from "./census.mjs";
import { BrowserPhone } from "./phone.mjs";
import { steps } from "./steps.mjs";

const { base, codeOf, stop } = await census({ household: "web/e2e/twins.md" });
const phone = await BrowserPhone.open(base);
const { page } = phone;
const thrown = [];
page.on("pageerror", (error) => thrown.push(error.message));
const end = async (status) => {
  await phone.remove();
  await stop();
  process.exit(status);
};
const step = steps("twins", () => page, end);
const checked = (role) => page.getByRole(role).evaluateAll((all) => all.map((one) => one.getAttribute("aria-checked")).join(" "));

function same(what, is, expected) {
  if (is !== expected) throw new Error(`${what}: ${is}, not ${expected}`);
}

await step("practice comes to the question", async () => {
  await phone.enrol(await codeOf("E-1"));
  await page.locator("main.lists > .button.quiet").last().click();
  await page.locator("[data-begin=member]").click();
  await page.locator("main[data-screen=roster]").waitFor();
  await page.locator(".thumb .button").click();
  await page.locator("fieldset[data-name=one]").waitFor();
});
await step("both stand there, and either goes on", async () => {
  same("choices", (await page.getByRole("radio").allInnerTexts()).join(" "), "Yes No Not yet");
  await page.getByRole("radio").nth(2).click();
  await page.locator("fieldset[data-name=several]").waitFor();
});
await step("they are one answer", async () => {
  await page.getByRole("checkbox").nth(1).click();
  await page.waitForTimeout(300);
  same("checked", await checked("checkbox"), "false true true");
  await page.getByRole("checkbox").nth(2).click();
  await page.waitForTimeout(300);
  same("checked", await checked("checkbox"), "false false false");
  if (thrown.length > 0) throw new Error(`the page threw: ${thrown[0]}`);
});
await end(0);
