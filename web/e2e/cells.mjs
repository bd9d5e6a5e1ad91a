// A letter at the wrong door: its code typed at the server of another part of the country. The refusal says where it belongs;
// one tap leads there, the code goes along, and enrolment ends there. Then the root cell's console: what the cells counted,
// and the way to theirs. Three servers: the root cell and two cells. SHOTS names a folder for screenshots.
//
//   QUIPU_BIN=target/debug/quipu node web/e2e/cells.mjs
//
// Exits non-zero at the first thing that is not as it should be.

import { execFileSync, spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { findings } from "./axe.mjs";
import { freePort } from "./office.mjs";
import { BrowserPhone } from "./phone.mjs";
import { steps, type } from "./steps.mjs";

const bin = process.env.QUIPU_BIN ?? "target/debug/quipu";
const { SHOTS = "" } = process.env;
/** As `quipu staff password` prints it. */
const PASSWORD = /password +(\S+)/i;
const AREAS = ["B1.01", "B1.02"];
const STAFF = `code,name,role,area\nA-1,Anna,administrator,CH\nE-1,Li Lei,enumerator,${AREAS[0]}\nE-2,Han Mei,enumerator,${AREAS[1]}\n`;
const folder = mkdtempSync(join(tmpdir(), "quipu-cells-"));
const env = { ...process.env, QUIPU_CELL__SECRET: "only-for-this-test-and-long-enough", QUIPU_LOG: "warn" };
const quipu = (...args) => execFileSync(bin, args, { env, stdio: ["ignore", "ignore", "inherit"] });
const servers = [];
process.on("exit", () => {
  for (const server of servers) server.kill("SIGKILL");
  rmSync(folder, { recursive: true, force: true });
});

async function serve(data, port) {
  servers.push(spawn(bin, ["serve", "--data", data, "--listen", `127.0.0.1:${port}`], { env, stdio: ["ignore", "ignore", "inherit"] }));
  for (let i = 0; i < 200; i++) {
    if (await fetch(`http://127.0.0.1:${port}/healthz`).then(() => true, () => false)) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error("a server does not start");
}

const [root, vault] = [join(folder, "root"), join(folder, "vault")];
const ports = [await freePort(), await freePort(), await freePort()];
const at = ports.map((port) => `http://127.0.0.1:${port}`);
quipu("vault", "init", "--vault", vault);
quipu("cell", "root", "--data", root);
quipu("area", "import", "--data", root, "packs/ch.qpack", "--enumeration-areas", "1");
quipu("census", "define", "--data", root, "--vault", vault, "--name-en", "Census 2020", "--name-zh", "2020年人口普查", "--reference-moment", "2020-11-01");
quipu("form", "publish", "--data", root, "--kind", "listing", "forms/listing.xlsx");
quipu("form", "publish", "--data", root, "--kind", "household", "forms/cn2020_short.xlsx");
quipu("phase", "open", "--data", root);
writeFileSync(join(folder, "staff.csv"), STAFF);
quipu("staff", "import", "--data", root, join(folder, "staff.csv"));
const password = execFileSync(bin, ["staff", "password", "--data", root, "--staff", "A-1"], { env, encoding: "utf8" }).match(PASSWORD)[1];
await serve(root, ports[0]);
const code = [];
for (const [i, area] of AREAS.entries()) {
  const data = join(folder, `cell-${i + 1}`);
  quipu("cell", "join", "--data", data, "--number", String(i + 1), "--area", area, "--root", at[0], "--address", at[i + 1]);
  quipu("lease", "assign", "--data", data, "--auto");
  quipu("letter", "print", "--data", data, "--vault", vault, "--server", at[i + 1], "--out", join(folder, `letters-${i + 1}`));
  code.push(/class="code">([0-9A-Z-]+)/.exec(readFileSync(join(folder, `letters-${i + 1}`, `E-${i + 1}.html`), "utf8"))[1]);
  await serve(data, ports[i + 1]);
}

const phone = await BrowserPhone.open(at[2]);
const end = async (status) => {
  await phone.remove();
  process.exit(status);
};
const step = steps("cells", () => phone.page, end);
const link = () => phone.page.getByRole("link", { name: "Go on to the right page" });

await step("a code of the first cell at the second: the way there is a button", async () => {
  await phone.goto();
  for (let tries = 0; !(await link().isVisible()); tries++) {
    // The root cell hears of a cell within a second of its start.
    if (tries > 40) throw new Error("no link is shown");
    await type(phone.page.getByLabel("Your code"), code[0], 0);
    await phone.button("Start").click();
    await phone.page.getByRole("alert").locator(".note").waitFor();
    await phone.page.waitForTimeout(250);
  }
  const box = await link().boundingBox();
  if (box.height < 48) throw new Error(`the button is ${box.height} px high`);
  const wrong = await findings(phone.page);
  if (wrong.length > 0) throw new Error(wrong.join("; "));
});
await step("one tap leads there with the code, one more enrols", async () => {
  await link().click();
  await phone.page.waitForURL((url) => url.origin === at[1]);
  const typed = await phone.page.getByLabel("Your code").inputValue();
  if (typed !== code[0]) throw new Error(`the code there is "${typed}"`);
  await phone.button("Start").click();
  await phone.text("Choose six digits");
  await phone.choosePin();
  await phone.button("Open my area").first().waitFor();
});
await step("a code nobody knows is refused with no way to anywhere", async () => {
  await phone.page.goto("about:blank");
  await phone.goto();
  await type(phone.page.getByLabel("Your code"), code[1].replace(/..$/, code[1].endsWith("AA") ? "BB" : "AA"), 0);
  await phone.button("Start").click();
  await phone.page.getByRole("alert").locator(".note").waitFor();
  if (await link().count()) throw new Error("a link is shown");
});

await step("the root cell's console adds up what the cells counted, and leads to theirs", async () => {
  await phone.page.goto("about:blank");
  await phone.page.goto(`${at[1]}/collect/`);
  await phone.unlock();
  await phone.listDoor();
  await phone.sendAll();
  const { page } = phone;
  await page.goto(`${at[0]}/console/`);
  await page.getByLabel("Login").fill("A-1");
  await page.getByLabel("Password").fill(password);
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.locator('[data-cells="2"] [data-cell="1"][data-households="1"]').waitFor();
  await page.locator('[data-cell="2"][data-households="0"]').waitFor();
  await page.locator('[data-stat="households"][data-n="1"]').waitFor();
  const wrong = await findings(page);
  if (wrong.length > 0) throw new Error(wrong.join("; "));
  if (SHOTS) await page.screenshot({ path: join(SHOTS, "root-overview.png"), fullPage: true });
  await page.goto(`${at[0]}/console/#/submissions`);
  const there = await page.getByRole("link", { name: "Open its console" }).first().getAttribute("href");
  if (there !== `${at[1]}/console/`) throw new Error(`the way to the first cell's console is ${there}`);
  if (SHOTS) await page.screenshot({ path: join(SHOTS, "root-submissions.png"), fullPage: true });
});
await end(0);
