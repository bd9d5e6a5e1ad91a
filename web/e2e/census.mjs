// A census of its own for a script that drives the browser: areas, forms, staff and a running server, gone at the end.

import { execFileSync, spawn } from "node:child_process";
import { rmSync } from "node:fs";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

const STAFF = "code,name,role,area\nA-1,Anna,administrator,CH\nS-1,Sven,supervisor,B1.01\nE-1,Li Lei,enumerator,B1.01\n";

export const freePort = () => new Promise((resolve) => {
  const server = createServer().listen(0, "127.0.0.1", () => {
    const { port } = server.address();
    server.close(() => resolve(port));
  });
});

/** Starts one. `household` is the household form; `places`: forms for institutions and for people
 *  without a dwelling as well; `app` is where the app is served when that is not the census itself. */
export async function census({ household = "forms/cn2020_short.xlsx", places = false, listen, app } = {}) {
  const bin = process.env.QUIPU_BIN ?? "target/debug/quipu";
  const address = listen ?? `127.0.0.1:${await freePort()}`;
  const base = app || `http://${address}`;
  const folder = await mkdtemp(join(tmpdir(), "quipu-census-"));
  const [data, vault] = [join(folder, "data"), join(folder, "vault")];
  const quipu = (...args) => execFileSync(bin, args, { stdio: ["ignore", "ignore", "inherit"] });
  quipu("vault", "init", "--vault", vault);
  quipu("area", "import", "--data", data, "packs/ch.qpack", "--enumeration-areas", "1");
  quipu("census", "define", "--data", data, "--vault", vault, "--name-en", "Census 2020", "--name-zh", "2020年人口普查", "--reference-moment", "2020-11-01");
  quipu("form", "publish", "--data", data, "--kind", "listing", "forms/listing.xlsx");
  quipu("form", "publish", "--data", data, "--kind", "household", household);
  if (places) {
    quipu("form", "publish", "--data", data, "--kind", "institution", "forms/institution.xlsx");
    quipu("form", "publish", "--data", data, "--kind", "outdoor", "forms/homeless_night.xlsx");
  }
  quipu("phase", "open", "--data", data);
  await writeFile(join(folder, "staff.csv"), STAFF);
  quipu("staff", "import", "--data", data, join(folder, "staff.csv"));
  quipu("lease", "assign", "--data", data, "--auto", "--area", "B1.01");
  quipu("letter", "print", "--data", data, "--vault", vault, "--server", base, "--out", join(folder, "letters"));
  const server = spawn(bin, ["serve", "--data", data, "--listen", address, "--sql-listen", "127.0.0.1:0"],
    { stdio: "ignore", env: { ...process.env, QUIPU_SQL__PASSWORD: "only-for-this-test" } });
  // A script that fails ends at once: nothing of it stays behind.
  process.on("exit", () => {
    server.kill("SIGKILL");
    rmSync(folder, { recursive: true, force: true });
  });
  for (let i = 0; i < 200; i++) {
    if (await fetch(`http://${address}/healthz`).then(() => true, () => false)) break;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  const quiet = () => new Promise((resolve) => {
    if (server.exitCode !== null || server.signalCode !== null) return resolve();
    server.on("exit", resolve);
    server.kill();
  });
  return {
    base, folder, data,
    codeOf: async (staff) => /class="code">([0-9A-Z-]+)/.exec(await readFile(join(folder, "letters", `${staff}.html`), "utf8"))[1],
    /** One line of SQL over the data, once the server is gone. */
    async sql(statement) {
      await quiet();
      return execFileSync(bin, ["sql", "--data", data, statement], { stdio: ["ignore", "pipe", "ignore"] }).toString();
    },
    async stop() {
      await quiet();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
