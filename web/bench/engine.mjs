// How fast the engine is in a browser as slow as a cheap phone: real Chromium with its processor throttled six times.
// From nothing of the engine to the first question, in a page that stands there when somebody taps; and from one answer to the
// next screen, with a roster of so many persons.
//
//   node web/bench/engine.mjs FORM.json [persons=30] [out=target/bench.json]
//
// FORM.json is a compiled form (`quipu form convert`). Adds `engine_start`, `engine_answer_p50`, `engine_answer_p99` and
// `engine_memory` to the figures in `out`. Budgets: 300 ms, 2 ms an answer, 50 ms for the slowest hundredth, and memory
// after 500 households that is what it was after 50.

import { createReadStream } from "node:fs";
import { createServer } from "node:http";
import { chromium } from "playwright-core";
import { figure, print, record } from "./figures.mjs";

const [form, persons = "30", out = "target/bench.json"] = process.argv.slice(2);
if (!form) {
  console.error("usage: node web/bench/engine.mjs FORM.json [persons] [out]");
  process.exit(2);
}
const THROTTLE = 6;
const ROUNDS = 7;
/** The browser is done with the page by then. */
const SETTLED_MS = 700;
const HOUSEHOLDS = 500;
const engine = new URL("../engine/", import.meta.url);
const TYPES = { js: "text/javascript", wasm: "application/wasm", json: "application/json" };

const server = createServer((request, response) => {
  if (request.url === "/") return void response.setHeader("content-type", "text/html").end("<!doctype html><title>engine</title>");
  const file = request.url === "/form.json" ? form : new URL(`.${request.url}`, engine);
  response.setHeader("content-type", TYPES[String(file).split(".").pop()] ?? "application/octet-stream");
  createReadStream(file).on("error", () => response.writeHead(404).end()).pipe(response);
});
await new Promise((ready) => server.listen(0, "127.0.0.1", ready));
const base = `http://127.0.0.1:${server.address().port}/`;

const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"],
});
const rounds = [];
for (let round = 0; round < ROUNDS; round++) {
  const page = await browser.newPage();
  await page.goto(base);
  const session = await page.context().newCDPSession(page);
  await page.waitForTimeout(SETTLED_MS);
  await session.send("Emulation.setCPUThrottlingRate", { rate: THROTTLE });
  rounds.push(await page.evaluate(measure, { persons: Number(persons) }));
  await page.close();
}
const page = await browser.newPage();
await page.goto(base);
const { memory } = await page.evaluate(measure, { persons: 3, households: HOUSEHOLDS });
await browser.close();
server.close();

/** In the page: starts the engine, lists `persons`, answers everything with the first that fits; then more households. */
async function measure({ persons, households = 0 }) {
  const began = performance.now();
  const [{ default: init, Interview }, form] = await Promise.all([
    import("/quipu_engine.js"),
    fetch("/form.json").then(async (reply) => new Uint8Array(await reply.arrayBuffer())),
  ]);
  const engine = await init({ module_or_path: "/quipu_engine_bg.wasm" });
  let interview = new Interview(form, { reference: "2020-11-01" });
  let screen = interview.screen("en");
  const start_ms = performance.now() - began;

  // What a question of this type is answered with; `size` is what the long form in fixtures/ calls its count of persons.
  const first = { integer: "1", decimal: "1.5", date: "1980-05-01", year_month: "1980-05", text: "Li", image: null, note: null,
    geopoint: "39.9 116.4 40 5", acknowledge: "OK" };
  const took = [];
  let listed = 0;
  const walk = () => {
    for (let i = 0; i < 200_000 && screen.kind !== "end"; i++) {
      if (screen.kind === "roster" && screen.persons.length < persons) {
        try {
          for (let n = screen.persons.length; n < persons; n++) interview.addPerson(undefined, `Person ${n + 1}`);
        } catch {
          // A counted roster has as many as the question before it said.
        }
        listed = Math.max(listed, interview.screen("en").persons.length);
      } else if (screen.kind === "roster") listed = Math.max(listed, screen.persons.length);
      for (const question of screen.questions) {
        if (screen.kind === "roster") continue;
        const value = question.type.startsWith("select") ? question.choices[0]?.name ?? null
          : question.name === "size" ? String(persons) : first[question.type] ?? null;
        if (value === null) continue;
        const at = performance.now();
        interview.answer(question.type === "select_multiple" ? [value] : value, question.path);
        interview.screen("en");
        took.push(performance.now() - at);
      }
      const path = screen.path;
      interview.next();
      screen = interview.screen("en");
      if (screen.path === path) break;
    }
  };
  walk();
  // A household after another as on a day's round: answered, kept as a draft, finished, put away.
  const memory = [];
  for (let done = 1; done <= households; done++) {
    interview.save();
    interview.finish("en");
    interview.free();
    if (done === households / 10 || done === households) memory.push(engine.memory.buffer.byteLength);
    interview = new Interview(form, { reference: "2020-11-01" });
    screen = interview.screen("en");
    walk();
  }
  took.sort((a, b) => a - b);
  const at = (share) => took[Math.min(took.length - 1, Math.floor(took.length * share))] ?? NaN;
  return { start_ms, answers: took.length, listed, memory, p50_ms: at(0.5), p99_ms: at(0.99) };
}

const median = (key) => rounds.map((round) => round[key]).sort((a, b) => a - b)[ROUNDS >> 1];
const figures = [["engine_start", "start_ms", 300], ["engine_answer_p50", "p50_ms", 2], ["engine_answer_p99", "p99_ms", 50]]
  .map(([name, key, limit]) => figure(name, median(key), "ms", limit));
figures.push(figure("engine_memory", memory[1] / 1e6, "MB", memory[0] / 1e6));
record(out, figures);
console.log(`engine in Chromium, processor throttled ${THROTTLE} times, ${rounds[0].answers} answers, roster of ${rounds[0].listed}, median of ${ROUNDS} rounds`);
print(figures, 2);
