// A network that fails, for tests: a proxy between a phone and the office. What it does to a request to `/v1/` the test
// decides; everything else passes. Each fault is done to the TCP connection itself.
//
//   lose     the office gets it and does the work; the connection ends without a reply
//   repeat   the office gets it twice; the second reply goes back
//   cut      half of the reply goes back, then the connection ends
//   halve    half of the request goes to the office, then both connections end
//   refuse   the connection ends before anything arrives
//   delay    the reply goes back after `delay_ms`

import { createServer, request as ask } from "node:http";
import { connect } from "node:net";

export class FaultyNetwork {
  /** Called with each request to `/v1/`: its path and how many there were before it. Returns a fault or nothing. */
  fault = () => undefined;
  delay_ms = 1500;
  /** How often each fault was done. */
  done = {};
  #requests = 0;

  static async to(port) {
    const network = new FaultyNetwork();
    network.target = { host: "127.0.0.1", port };
    network.server = createServer((from, back) => void network.#pass(from, back).catch(() => back.socket?.destroy()));
    await new Promise((resolve) => network.server.listen(0, "127.0.0.1", resolve));
    network.url = `http://127.0.0.1:${network.server.address().port}`;
    return network;
  }

  async close() {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  async #pass(from, back) {
    const parts = [];
    for await (const part of from) parts.push(part);
    const body = Buffer.concat(parts);
    const fault = from.url.startsWith("/v1/") ? this.fault(from.url, this.#requests++) : undefined;
    if (fault) this.done[fault] = (this.done[fault] ?? 0) + 1;
    if (fault === "refuse") return void from.socket.destroy();
    if (fault === "halve") return this.#halve(from, body);
    if (fault === "repeat") await this.#send(from, body);
    const reply = await this.#send(from, body);
    if (fault === "lose") return void from.socket.destroy();
    if (fault === "delay") await new Promise((resolve) => setTimeout(resolve, this.delay_ms));
    back.writeHead(reply.status, reply.headers);
    if (fault !== "cut") return void back.end(reply.body);
    // The headers promise all of it.
    back.write(reply.body.subarray(0, reply.body.length >> 1), () => from.socket.destroy());
  }

  #send(from, body) {
    return new Promise((resolve, reject) => {
      const there = ask({ ...this.target, method: from.method, path: from.url, headers: from.headers, agent: false }, async (reply) => {
        const parts = [];
        try {
          for await (const part of reply) parts.push(part);
        } catch (error) {
          return reject(error);
        }
        const whole = Buffer.concat(parts);
        const headers = { ...reply.headers, "content-length": whole.length };
        delete headers["transfer-encoding"];
        delete headers.connection;
        resolve({ status: reply.statusCode, headers, body: whole });
      });
      there.on("error", reject);
      there.end(body);
    });
  }

  /** The head of the request says how long it is; half of that arrives. */
  #halve(from, body) {
    const head = [`${from.method} ${from.url} HTTP/1.1`, ...Object.entries(from.headers).map(([name, value]) => `${name}: ${value}`)];
    const there = connect(this.target, () => {
      there.write(`${head.join("\r\n")}\r\n\r\n`);
      there.write(body.subarray(0, body.length >> 1), () => {
        there.destroy();
        from.socket.destroy();
      });
    });
    there.on("error", () => from.socket.destroy());
  }
}
