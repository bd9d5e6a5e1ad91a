// No network for days, in real Chromium against a real server: a sealed copy outside the browser is kept current by itself, and a
// supervisor's phone takes it along, without a network too, read as QR codes from one screen by the other's camera, and hands it
// in with its own work. The receipts reach the phone that
// did the work with its next sync; nothing counts twice.
//
//   node e2e/carry.mjs
//
// The file the browser's own dialog would give is one of the browser's private files; all else is as on a phone. Makes an office
// of its own. Exits non-zero at the first thing that is not as it should be.

import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Office } from "./office.mjs";
import { BrowserPhone } from "./phone.mjs";
import { steps } from "./steps.mjs";

const { SHOTS = "" } = process.env;
const office = await Office.make();
let enumerator;
let supervisor;
let shown;

const step = steps("carry", () => shown?.page, end);
async function end(code) {
  for (const phone of [enumerator, supervisor]) await phone?.remove().catch(() => undefined);
  await office.remove().catch(() => undefined);
  process.exit(code);
}
const shot = (name) => SHOTS ? shown.page.screenshot({ path: join(SHOTS, `carry-${name}.png`) }) : undefined;

const [code, supervising] = [await office.letter("E-1"), await office.letter("S-1")];
await office.start();
const film = join(office.folder, "codes.y4m");
const FILM_PX = 480;

/** In the page: a picture as grey bytes, row by row. */
async function grey_of([picture, px]) {
  const image = await createImageBitmap(new Blob([Uint8Array.from(atob(picture), (c) => c.charCodeAt(0))], { type: "image/png" }));
  const canvas = new OffscreenCanvas(px, px).getContext("2d");
  canvas.drawImage(image, 0, 0, px, px);
  const { data } = canvas.getImageData(0, 0, px, px);
  let grey = "";
  for (let at = 0; at < data.length; at += 4) grey += String.fromCharCode(data[at]);
  return btoa(grey);
}

await step("an enumerator works without a network; a file is kept current by itself", async () => {
  shown = enumerator = await BrowserPhone.open(office.url);
  await enumerator.context.addInitScript(() => {
    globalThis.showSaveFilePicker = async () => (await navigator.storage.getDirectory()).getFileHandle("copy", { create: true });
  });
  await enumerator.enrol(code);
  await enumerator.at("#/settings");
  await enumerator.page.locator('a[href="tel:+41441234567"]', { hasText: "Sven" }).waitFor();
  await enumerator.offline(true);
  await enumerator.listDoor();
  await enumerator.at("#/settings");
  await enumerator.button("Keep a file current by itself").click();
  await enumerator.text("A file outside the browser is kept current by itself.");
  const length = () => enumerator.page.evaluate(async () => (await (await (await navigator.storage.getDirectory()).getFileHandle("copy")).getFile()).size);
  const before = await length();
  await enumerator.visit();
  await enumerator.at("#/settings");
  await enumerator.text("Everything finished is in your last copy.");
  if ((await length()) <= before) throw new Error("the file did not grow");
  await shot("current");
});
await step("it shows its finished work as codes", async () => {
  await enumerator.button("Show it as codes").click();
  const code = enumerator.page.locator(".code");
  await code.waitFor();
  await shot("codes");
  const count = Number(/of (\d+)/.exec(await code.getAttribute("aria-label"))[1]);
  const seen = new Map();
  while (seen.size < count) {
    const at = await code.getAttribute("data-index");
    const picture = await code.screenshot();
    // The code may have changed while its picture was taken.
    if (at === (await code.getAttribute("data-index"))) seen.set(at, picture);
  }
  await enumerator.page.keyboard.press("Escape");
  // A camera that sees each for half a second: pictures in grey, as bytes.
  const parts = [Buffer.from(`YUV4MPEG2 W${FILM_PX} H${FILM_PX} F10:1 Ip A1:1 C420jpeg\n`)];
  for (const picture of seen.values()) {
    const grey = await enumerator.page.evaluate(grey_of, [picture.toString("base64"), FILM_PX]);
    const frame = [Buffer.from("FRAME\n"), Buffer.from(grey, "base64"), Buffer.alloc((FILM_PX * FILM_PX) / 2, 128)];
    for (let times = 0; times < 5; times++) parts.push(...frame);
  }
  await writeFile(film, Buffer.concat(parts));
  console.log(`    ${count} codes`);
});
await step("after a restart the file is still kept current", async () => {
  await enumerator.close();
  await enumerator.boot();
  await enumerator.offline(true);
  await enumerator.goto();
  await enumerator.unlock();
  await enumerator.visit();
  await enumerator.at("#/settings");
  await enumerator.text("A file outside the browser is kept current by itself.");
  await enumerator.text("Everything finished is in your last copy.");
});
await step("the supervisor's phone reads them and takes the copy along, without a network either", async () => {
  shown = supervisor = await BrowserPhone.open(office.url, { camera: film });
  await supervisor.enrol(supervising);
  await supervisor.offline(true);
  await supervisor.at("#/deliver");
  await supervisor.button("Read codes from a phone").click();
  await supervisor.text(/codes read/);
  await shot("reading");
  await supervisor.button("All codes are read").waitFor();
  await supervisor.page.locator("#code").fill("ZZZZ-ZZZZ-ZZZZ-ZZZZ-ZZZZ");
  await supervisor.button("Take it along").click();
  await supervisor.text("The code does not open this copy");
  await supervisor.page.locator("#code").fill(code);
  await supervisor.button("Take it along").click();
  await supervisor.text("Taken along: 2 pieces of work.");
  await shot("taken");
});
await step("it goes to the office with the supervisor's next sync", async () => {
  await supervisor.at("#/today");
  await supervisor.text("One copy of another phone goes with your work.");
  await supervisor.offline(false);
  await supervisor.page.getByText("One copy of another phone goes with your work.").waitFor({ state: "detached" });
  const { [office.areas[0]]: here } = await office.counts();
  if (here?.doors !== 1 || here.visits !== 1) throw new Error(`the office has ${JSON.stringify(here)}`);
  await office.start();
});
await step("the receipts reach the phone that did the work; nothing counts twice", async () => {
  shown = enumerator;
  await enumerator.offline(false);
  const receipts = await enumerator.sendAll();
  if (receipts !== 3) throw new Error(`${receipts} receipts of 3`);
  const { [office.areas[0]]: here } = await office.counts();
  if (here.doors !== 1 || here.visits !== 2) throw new Error(`the office has ${JSON.stringify(here)}`);
});
console.log("carry: handed in by another phone, receipted on its own, counted once");
await end(0);
