// The long versions: the browser killed a thousand times in mid-work, and everything that goes wrong with networks, clocks and
// disks, twenty times over.
//
//   KILLS=1000 ROUNDS=20 node e2e/torture.mjs

import { spawnSync } from "node:child_process";
import { Office } from "./office.mjs";
import { BrowserPhone } from "./phone.mjs";

const { KILLS = "1000", ROUNDS = "20" } = process.env;
const run = (test, env) => spawnSync(process.execPath, [new URL(test, import.meta.url).pathname], { stdio: "inherit", env: { ...process.env, ...env } }).status ?? 1;

const office = await Office.make();
const code = await office.letter("E-1");
await office.start();
const phone = await BrowserPhone.open(office.url);
await phone.enrol(code);
await phone.listDoor(); // the killed one and the copy's visit need a door that is there
await phone.sendAll();
await phone.close();
const killed = run("./lost.mjs", { BASE_URL: office.url, CODE: code, PROFILE: phone.profile, KILLS });
await phone.remove();
await office.remove();
process.exit(killed || run("./faults.mjs", { ROUNDS }));
