// Drives the collector where no household lives, in real Chromium against a census of its own: people without a dwelling in the
// reference night, some asked and some only seen, and a dormitory room by room, beside what it says itself. Offline until the
// end; then the tables of the server are counted.
//
//   QUIPU_BIN=target/debug/quipu SHOTS=target/shots node web/e2e/night.mjs
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
const here = await census({ places: true, listen: LISTEN, app: BASE_URL });
const phone = await BrowserPhone.open(here.base);
const { page } = phone;
await page.setViewportSize({ width: 360, height: 640 });
const end = async (status) => {
  await phone.remove();
  await here.stop();
  process.exit(status);
};
const step = steps("night", () => page, end);
const button = (name) => page.getByRole("button", { name, exact: typeof name === "string" });
const field = (name) => page.locator(`main fieldset[data-name=${name}]`);
const next = () => page.locator(".thumb .button").click();
const equal = (is, should, what) => { if (String(is) !== String(should)) throw new Error(`${what} is ${is}, not ${should}`); };
const speak = (language) => page.evaluate((to) => dispatchEvent(new StorageEvent("storage", { key: "quipu.language", newValue: to })), language);

/** Everybody can use the screen, in both directions of writing, it fits, and it says so in each language. */
async function look(name, said) {
  for (const language of ["zh", "ar", "en"]) {
    await speak(language);
    if (said) await page.getByText(said[language]).first().waitFor();
    else await page.waitForTimeout(150);
    const wrong = await findings(page);
    if (wrong.length > 0) throw new Error(`${name} (${language}) is not accessible: ${wrong.join("; ")}`);
    if (await page.evaluate(() => document.scrollingElement.scrollWidth > document.documentElement.clientWidth + 1)) throw new Error(`${name} (${language}) is wider than the screen`);
    if (SHOTS) await page.screenshot({ path: join(SHOTS, `night-${name}-${language}-phone.png`) });
  }
}

/** A place of this kind is written down in three taps, and its form opened. */
async function place(kind) {
  await phone.at("#/today");
  await button("Open my area").first().click();
  await button("No address").click();
  await page.locator(`[data-kind=${kind}]`).click();
  await page.locator("header .name", { hasText: /^Door/ }).waitFor();
}
async function choose(name, at) {
  await field(name).getByRole("radio").nth(at).click();
  await field(name).waitFor({ state: "detached" });
}
async function write(name, text) {
  await field(name).getByRole("textbox").fill(text);
  await page.getByText("Saved").first().waitFor();
  await next();
  await field(name).waitFor({ state: "detached" });
}
const skip = async (name) => { await field(name).waitFor(); await next(); await field(name).waitFor({ state: "detached" }); };
/** To the end of the list of people on the screen: everybody in a table. */
async function everybody(people) {
  await page.locator(`[data-people='${people}']`).waitFor();
  await button("That is everybody").click();
  await page.locator("ul.rows li").nth(people - 1).waitFor();
}
async function finish() {
  await button("Finish").click();
  await page.getByRole("heading", { name: /Finished\. Not sent yet|Office has it/ }).waitFor();
}

await step("enrols and loses the network", async () => {
  await phone.enrol(await here.codeOf("E-1"));
  await page.context().setOffline(true);
});
await step("people without a dwelling: nobody is asked to wake up, or for a name", async () => {
  await place("none");
  await page.getByRole("heading", { name: "Place 1" }).waitFor();
  await button("Start interview").click();
  await field("quiet").waitFor();
  equal(await page.locator("[data-begin]").count(), 0, "the question who answers");
  await look("quiet", { zh: "不叫醒任何人", ar: "لا يُوقَظ أحد", en: "Nobody is woken" });
  await next();
  await choose("place", 1);
  await write("landmark", "Third arch of the bridge");
  await skip("point");
  await skip("photo");
  await button("Add a person").click();
  await page.locator("ol input").first().fill("Li Qiang");
  await page.getByText("Saved").first().waitFor();
  await button("Without names").click();
  await page.getByLabel(/not asked for a name/).fill("2");
  await button("Add 2 people").click();
  await everybody(3);
  await look("everybody");
});
await step("one is asked, one only seen, one gives no age", async () => {
  await page.locator("ul.rows li button.row").first().click();
  await choose("how", 0);
  await choose("sex", 0);
  await write("age", "44");
  await look("registered", { zh: "户口登记地在哪里", ar: "أين هذا الشخص مسجل", en: "Where is this person registered" });
  await choose("registered", 2);
  await choose("how", 1);
  equal(await field("sex").getByRole("radio").count(), 3, "answers to the sex of somebody seen");
  await choose("sex", 2);
  await choose("age_seen", 4);
  await choose("how", 0);
  await choose("sex", 1);
  await skip("age");
  await choose("age_seen", 2);
  await choose("registered", 4);
  await page.locator("main[data-screen=end]").waitFor();
  equal(await page.getByText(/still open|Please look/).count(), 0, "what is still open");
  await finish();
});
await step("a dormitory opens its own form: what it says of itself, then its rooms", async () => {
  await place("collective");
  await page.getByRole("heading", { name: "Institution 2" }).waitFor();
  await button("Start interview").click();
  await page.getByText("The person responsible, or somebody who works here").waitFor();
  equal(await page.getByText("Only a child is here").count(), 0, "a child who answers for an institution");
  await page.locator("[data-begin=member]").click();
  await choose("institution_kind", 0);
  await write("institution_name", "Second dormitory");
  await write("responsible", "Zhang Min");
  await skip("telephone");
  await write("rooms_said", "2");
  await write("total_said", "4");
  await page.locator("main[data-screen=roster]").waitFor();
  await button(/^Add/).click();
  await page.locator("ol input").first().fill("101");
  await button(/^Add/).click();
  await page.locator("ol input").nth(1).fill("102");
  await page.getByText("Saved").first().waitFor();
  await next();
});
await step("a room: its people in a table, one answer for all", async () => {
  await write("room_said", "2");
  await page.getByRole("heading", { name: "People in room 101" }).waitFor();
  await button("Paste a list").click();
  await page.locator("textarea").fill("Wu Lan\nHe Jing");
  await button("Add 2 people").click();
  await everybody(2);
  for (const [label, at] of [["Sex?", 1], ["Lives here as what?", 0], ["Where is this person registered?", 2]]) {
    await page.locator("select").selectOption({ label });
    await page.locator(".card [role=radio]").nth(at).click();
    await button(/^Keep for the 2/).click();
    await page.getByText("2 people have this answer now.").waitFor();
  }
  await page.locator("select").selectOption({ label: "How old is this person?" });
  await page.locator(".card input").fill("20");
  await button(/^Keep for the 2/).click();
  await page.getByText("2 people have this answer now.").waitFor();
  await page.locator("[data-done='2'][data-people='2']").waitFor();
});
await step("the phone dies; the work goes on in the second room", async () => {
  await button("This room is done").click();
  await write("room_said", "2");
  await page.getByRole("heading", { name: "People in room 102" }).waitFor();
  await button("Add a person").click();
  await page.locator("ol input").first().fill("Sun Yu");
  await page.getByText("Saved").first().waitFor();
  await page.reload();
  await phone.text("Your six digits");
  await phone.pin();
  await page.getByRole("heading", { name: "People in room 102" }).waitFor();
  await phone.at("#/today");
  await page.locator("button", { hasText: /Continue/ }).first().click();
  await page.getByRole("heading", { name: "People in room 102" }).waitFor();
  equal(await page.locator("ol input").first().inputValue(), "Sun Yu", "who was typed last");
});
await step("each room beside what the institution said; a difference is asked about at the end", async () => {
  await everybody(1);
  await button("This room is done").click();
  await page.locator("main[data-screen=end]").waitFor();
  await page.getByText("The list of this room has more or fewer people").waitFor();
  await page.getByText("More or fewer people are listed than the institution said").waitFor();
  await look("end");
  await button("Forgot someone?").click();
  const room = (name) => page.locator(`[data-room='${name}']`);
  await room("102").waitFor();
  equal(`${await room("101").getAttribute("data-counted")} of ${await room("101").getAttribute("data-said")}`, "2 of 2", "room 101");
  equal(`${await room("102").getAttribute("data-counted")} of ${await room("102").getAttribute("data-said")}`, "1 of 2", "room 102");
  await look("rooms", { zh: "名单 1 人，机构说 2 人", ar: "في القائمة 1، وقيل 2", en: "1 on the list, 2 said" });
  await room("102").click();
  await next();
  await page.getByRole("heading", { name: "People in room 102" }).waitFor();
  await button("Add a person").click();
  await page.locator("ol input").nth(1).fill("Zhou Hai");
  await page.getByText("Saved").first().waitFor();
  await everybody(2);
  for (const i of [0, 1]) {
    await page.locator("ul.rows li button.row").nth(i).click();
    await choose("sex", 0);
    await write("age", String(21 + i));
    await choose("role", i);
    await choose("registered", 0);
    if (i === 0) await button("Everybody").click();
  }
  await page.locator("main[data-screen=end]").waitFor();
  equal(await page.getByText(/more or fewer/i).count(), 0, "differences");
  await finish();
});
await step("everything reaches the office", async () => {
  await page.context().setOffline(false);
  await phone.sendAll();
});
await phone.close();
await step("the tables count the night and the institution apart, without a name", async () => {
  const count = async (statement, should, what) => {
    const table = await here.sql(statement);
    const [row] = table.split("\n").filter((line) => /^\| +\S/.test(line)).slice(1);
    equal(row?.split("|").map((cell) => cell.trim()).filter(Boolean).join(" "), should, what);
  };
  await count("SELECT persons, males, females, asked, seen FROM outdoor_place", "3 1 1 2 1", "the place");
  await count("SELECT count(*), sum(CASE WHEN name THEN 1 ELSE 0 END), count(registered) FROM night_person", "3 1 2", "people, names given, registered");
  await count("SELECT string_agg(age_group, ' ' ORDER BY position) FROM night_person", "30 60 30", "age groups");
  await count("SELECT persons, males, females, rooms_counted, rooms_said, total_said FROM institution", "4 2 2 2 2 4", "the institution");
  await count("SELECT string_agg(room_counted, ' ' ORDER BY position) FROM room", "2 2", "people in each room");
  await count("SELECT count(*), sum(age) FROM resident", "4 83", "residents and their ages");
  await count("SELECT count(*) FROM submission WHERE held <> 'not'", "0", "what is held");
  await count("SELECT persons, households FROM area_progress WHERE level = 0", "7 2", "everybody");
});
await here.stop();
console.log("night: people without a dwelling, asked and seen; a dormitory room by room; each in tables of its own");
process.exit(0);
