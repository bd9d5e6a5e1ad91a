// A small office of a test's own: a census made by the command line in a folder, its server, and its counts.
// Everything is real; the folder is removed at the end.

import { execFile, spawn } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);
const ROOT = new URL("../../", import.meta.url).pathname;
const QUIPU = process.env.QUIPU_BIN ?? join(ROOT, "target/debug/quipu");
const AREA = "B1.01";

/** A port nobody listens on. */
export const freePort = () => new Promise((resolve) => {
  const server = createServer().listen(0, "127.0.0.1", () => {
    const { port } = server.address();
    server.close(() => resolve(port));
  });
});

export class Office {
  #server;

  /** A census with enumerators E-1, E-2 …, each with one enumeration area, and the supervisor S-1. The server does not run yet. */
  static async make({ enumerators = 1 } = {}) {
    const office = new Office();
    office.folder = await mkdtemp(join(tmpdir(), "quipu-office-"));
    office.port = await freePort();
    office.url = `http://127.0.0.1:${office.port}`;
    const vault = ["--vault", join(office.folder, "vault")];
    await run(QUIPU, ["vault", "init", ...vault]);
    await office.quipu("area", "import", join(ROOT, "packs/ch.qpack"), "--enumeration-areas", "2");
    await office.quipu("census", "define", ...vault, "--name-en", "Census 2020", "--name-zh", "2020年人口普查", "--reference-moment", "2020-11-01");
    await office.quipu("form", "publish", "--kind", "listing", join(ROOT, "forms/listing.xlsx"));
    await office.quipu("form", "publish", "--kind", "household", join(ROOT, "forms/cn2020_short.xlsx"));
    await office.quipu("phase", "open");
    const staff = Array.from({ length: enumerators }, (_, i) => `E-${i + 1},Enumerator ${i + 1},enumerator,${AREA},`);
    await office.staff(["A-1,Anna,administrator,CH,", `S-1,Sven,supervisor,${AREA},+41 44 123 45 67`, ...staff]);
    const areas = await office.sql(`SELECT code FROM area WHERE path_2 = '${AREA}' AND code LIKE '%-001' ORDER BY code LIMIT ${enumerators}`);
    office.areas = areas.map(([code]) => code);
    for (const [i, area] of office.areas.entries()) await office.lease(area, `E-${i + 1}`);
    return office;
  }

  /** A command about this census. Needs the server stopped. */
  async quipu(...args) {
    const { stdout } = await run(QUIPU, [...args, "--data", join(this.folder, "data")], { maxBuffer: 64 << 20 });
    return stdout;
  }

  async staff(rows) {
    const file = join(this.folder, "staff.csv");
    await writeFile(file, `code,name,role,area,phone\n${rows.join("\n")}\n`);
    await this.quipu("staff", "import", file);
  }

  lease(area, staff) { return this.quipu("lease", "assign", "--area", area, "--staff", staff); }

  /** The code of a new letter for somebody. */
  async letter(staff) {
    const out = join(this.folder, `letters-${Date.now()}`);
    await this.quipu("letter", "print", "--vault", join(this.folder, "vault"), "--server", this.url, "--out", out, "--staff", staff);
    const page = await readFile(join(out, `${staff}.html`), "utf8");
    return /[0-9A-Z]{4}(?:-[0-9A-Z]{4}){4}/.exec(page)[0];
  }

  /** Rows of a query as texts. Needs the server stopped. */
  async sql(query) {
    const lines = (await this.quipu("sql", query)).split("\n").filter((line) => line.startsWith("|"));
    return lines.slice(1).map((line) => line.split("|").slice(1, -1).map((cell) => cell.trim()));
  }

  async start() {
    const said = [];
    this.#server = spawn(QUIPU, ["serve", "--data", join(this.folder, "data"), "--listen", `127.0.0.1:${this.port}`],
      { env: { ...process.env, QUIPU_LOG: "warn" }, stdio: ["ignore", "pipe", "pipe"] });
    for (const stream of [this.#server.stdout, this.#server.stderr]) stream.on("data", (data) => said.push(data));
    for (let i = 0; i < 300; i++) {
      if (await fetch(`${this.url}/readyz`).then((reply) => reply.ok, () => false)) return;
      if (this.#server.exitCode !== null) break;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    throw new Error(`the server does not start: ${said.join("").slice(-600)}`);
  }

  async stop() {
    const server = this.#server;
    this.#server = undefined;
    if (!server || server.exitCode !== null) return;
    const gone = new Promise((resolve) => server.on("exit", resolve));
    server.kill("SIGTERM");
    await gone;
  }

  /** Does something that needs the server stopped, and starts it again. */
  async between(work) {
    await this.stop();
    try {
      return await work();
    } finally {
      await this.start();
    }
  }

  /** What the office has counted, by area: numbers of dwellings and households, how many interviews lie there and of which
   *  how many count. Stops the server. */
  async counts() {
    await this.stop();
    const rows = async (query) => Object.fromEntries((await this.sql(query)).map(([area, ...values]) => [area, values.map(Number)]));
    const doors = await rows("SELECT ea, count(*) FROM dwelling GROUP BY ea");
    const interviews = await rows("SELECT ea, count(*), count(DISTINCT household) FROM submission GROUP BY ea");
    const visits = await rows("SELECT ea, count(*) FROM visit GROUP BY ea");
    const counted = await rows("SELECT ea, count(*), sum(persons) FROM household GROUP BY ea");
    const areas = new Set([doors, interviews, visits, counted].flatMap(Object.keys));
    return Object.fromEntries([...areas].sort().map((area) => [area, {
      doors: doors[area]?.[0] ?? 0, interviews: interviews[area]?.[0] ?? 0, interviewed: interviews[area]?.[1] ?? 0,
      counted: counted[area]?.[0] ?? 0, persons: counted[area]?.[1] ?? 0, visits: visits[area]?.[0] ?? 0,
    }]));
  }

  async remove() {
    await this.stop();
    await rm(this.folder, { recursive: true, force: true });
  }
}
