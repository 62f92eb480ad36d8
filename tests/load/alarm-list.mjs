// What a browser makes of tens of thousands of alarms: the built binary, its pages, and an alarm stream of our own in place
// of the plant's. `scripts/load-alarm-list` runs it; docs/how-to/measure-alarm-load.md says what came out.

import assert from "node:assert/strict";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { createServer, request as ask } from "node:http";
import { createRequire } from "node:module";
import { extname, join } from "node:path";
import { Plant, openBrowser } from "../e2e/support.mjs";

const { WebSocket, WebSocketServer } = createRequire(join(import.meta.dirname, "../../web/package.json"))("ws");

const STANDING = Number(process.env.LOAD_STANDING ?? 50_000);
const RATE = Number(process.env.LOAD_RATE ?? 300);
const SECONDS = Number(process.env.LOAD_SECONDS ?? 10);
/** Pages from a folder in place of those in the binary. */
const PAGES = process.env.LOAD_PAGES;
const PART = 1000;
const TICK_MS = 20;

const units = [["reactor", "Reactor"], ["condenser", "Condenser"], ["separator", "Separator"], ["stripper", "Stripper"]];
const severities = ["LOW", "MEDIUM", "HIGH", "CRITICAL"];
const began = Date.now() - 8 * 3_600_000;

/** Of whom the banner speaks once everything that was told has been taken in. */
const LAST = "The last of the storm";

/** The alarm of a number, as the stream of the pages asks for it: every eighth stands silently in the group of the one before. */
function alarm(number, { state = number % 5 === 0 ? "ACKNOWLEDGED" : "UNACKNOWLEDGED", at = began + number * 137 } = {}) {
  const [unit, unitName] = units[number % units.length];
  const tag = `XMEAS_${(number % 41) + 1}`;
  const iso = new Date(at).toISOString();
  const beneath = number % 8 === 7 ? { leaderKey: keyOf(number - 1), occurrenceId: `o${number - 1}`, since: iso, silent: true } : null;
  return {
    id: keyOf(number), key: keyOf(number), title: `Loop ${number} pressure of the feed header high`, state, severity: severities[number % 4],
    active: state !== "NORMAL", acknowledged: state === "ACKNOWLEDGED", latched: false, quality: "GOOD", occurrenceId: `o${number}`,
    shelvedUntil: null, shelvedOnce: false, shelf: null, shelveMinutesMax: 480, suppressedBy: null, firstOut: false, afterAlarm: null, workOrder: null,
    maintenance: null, assignedTo: null, reAlarms: 0, raisedAt: iso, annunciatedAt: beneath ? null : iso, group: beneath, value: 2901.2, limit: 2895,
    valueUnit: "kPa gauge", unit: { id: unit, key: unit, name: unitName },
    tag: { id: tag, key: tag, name: `Measurement ${number}`, unitOfMeasure: "kPa gauge", resolution: 0.1 }, detector: null,
    acknowledgedBy: state === "ACKNOWLEDGED" ? "ada" : null, acknowledgedAt: null, comment: null,
  };
}

function keyOf(number) {
  return `LOOP${String(number).padStart(6, "0")}/HIGH`;
}

/** Passes everything on to the plant, but answers the alarm stream itself. */
class Between {
  constructor(plant) {
    this.plant = plant;
    this.cursor = 0;
    this.server = createServer((request, response) => void this.pass(request, response));
    this.sockets = new WebSocketServer({ noServer: true, handleProtocols: () => "graphql-transport-ws" });
    this.server.on("upgrade", (request, socket, head) => this.sockets.handleUpgrade(request, socket, head, (page) => this.follow(page, request)));
    this.pages = new Set();
  }

  async listen() {
    this.server.listen(0, "127.0.0.1");
    await once(this.server, "listening");
    this.address = `http://127.0.0.1:${this.server.address().port}`;
  }

  async pass(request, response) {
    const path = request.url.split("?")[0];
    if (PAGES && request.method === "GET" && !path.startsWith("/auth") && !path.startsWith("/health") && !path.startsWith("/plants/")) {
      const types = { ".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml" };
      const file = extname(path) ? path : "/index.html";
      const text = await readFile(join(PAGES, file)).catch(() => null);
      response.writeHead(text ? 200 : 404, { "content-type": types[extname(file)] ?? "text/html" }).end(text);
      return;
    }
    const onward = ask({ host: "127.0.0.1", port: this.plant.port, path: request.url, method: request.method, headers: request.headers }, (answer) => {
      response.writeHead(answer.statusCode, answer.headers);
      answer.pipe(response);
    });
    onward.on("error", () => response.destroy());
    request.pipe(onward);
  }

  follow(page, { url, headers }) {
    const plant = new WebSocket(`ws://127.0.0.1:${this.plant.port}${url}`, "graphql-transport-ws", { headers: { cookie: headers.cookie, origin: headers.origin, host: headers.host } });
    const waiting = [];
    plant.on("open", () => waiting.splice(0).forEach((text) => plant.send(text)));
    plant.on("message", (text) => page.send(String(text)));
    plant.on("close", () => page.close());
    plant.on("error", () => page.close());
    page.on("close", () => { this.pages.delete(page); plant.close(); });
    page.on("message", (bytes) => {
      const text = String(bytes);
      const message = JSON.parse(text);
      if (message.type === "subscribe" && message.payload.operationName === "AlarmEvents") {
        page.alarms = message.id;
        this.pages.add(page);
        this.snapshot(page);
      } else if (plant.readyState === WebSocket.OPEN) plant.send(text);
      else waiting.push(text);
    });
  }

  tell(page, item) {
    page.send(JSON.stringify({ id: page.alarms, type: "next", payload: { data: { alarmEvents: { cursor: `c${(this.cursor += 1)}`, ...item } } } }));
  }

  snapshot(page) {
    const parts = Math.max(1, Math.ceil(STANDING / PART));
    for (let part = 1; part <= parts; part += 1) {
      const from = (part - 1) * PART;
      const alarms = Array.from({ length: Math.min(PART, STANDING - from) }, (_, at) => alarm(from + at));
      this.tell(page, { __typename: "AlarmSnapshot", part, parts, alarms });
    }
  }

  event(changed) {
    const entry = { id: `j${this.cursor}`, kind: "RAISED", wallTime: new Date().toISOString() };
    for (const page of this.pages) this.tell(page, { __typename: "AlarmEvent", annunciate: true, entry, alarm: changed });
  }

  /** Of three events one is new, one acknowledges an old one, one takes an old one from the list. */
  async storm(seconds) {
    const until = Date.now() + seconds * 1000;
    let sent = 0;
    const start = Date.now();
    while (Date.now() < until) {
      const due = ((Date.now() - start) / 1000) * RATE;
      for (; sent < due; sent += 1) {
        const old = (Math.floor(sent / 3) * 2) % STANDING;
        if (sent % 3 === 0) this.event(alarm(STANDING + Math.floor(sent / 3), { state: "UNACKNOWLEDGED", at: Date.now() }));
        else if (sent % 3 === 1) this.event(alarm(old, { state: "ACKNOWLEDGED" }));
        else this.event(alarm(old + 1, { state: "NORMAL" }));
      }
      await new Promise((done) => setTimeout(done, TICK_MS));
    }
    this.event({ ...alarm(STANDING + sent, { state: "UNACKNOWLEDGED", at: Date.now() }), key: `LAST${sent}/HIGH`, title: LAST, severity: "CRITICAL", group: null, annunciatedAt: new Date().toISOString() });
    return sent;
  }
}

const part = (numbers, share) => [...numbers].sort((a, b) => a - b)[Math.min(numbers.length - 1, Math.floor(numbers.length * share))] ?? 0;
const ms = (number) => `${Math.round(number)} ms`;

const plant = await Plant.create();
const browser = await openBrowser();
const between = new Between(plant);
try {
  const token = (await plant.start()).match(/set-up token: (\S+)/)[1];
  await between.listen();
  const page = await (await browser.newContext({ viewport: { width: 1280, height: 900 } })).newPage();
  page.setDefaultTimeout(300_000);
  page.on("pageerror", (error) => console.error(`the page: ${error.message}`));
  await page.goto(between.address);
  await page.getByRole("textbox", { name: "Set-up token" }).fill(token);
  await page.getByRole("textbox", { name: "Name" }).fill("ada");
  await page.getByLabel(/^Password/).fill("copper ladder 7 rain");
  await page.getByLabel(/^Repeat password/).fill("copper ladder 7 rain");
  await page.getByRole("button", { name: "Create administrator" }).click();
  await page.getByRole("heading", { name: /^Overview/ }).waitFor();

  // From the first byte of the page to the first row, the whole list read.
  const opened = Date.now();
  await page.goto(`${between.address}/alarms`);
  await page.waitForFunction(() => document.querySelector("tr[data-alarm]") !== null, null, { polling: 100 });
  await page.waitForFunction((label) => document.querySelector('[role="tab"]')?.textContent === label, `Alarm list (${STANDING})`, { polling: 100 });
  await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));
  const shown = Date.now() - opened;

  const devtools = await page.context().newCDPSession(page);
  await devtools.send("Performance.enable");
  const spent = async () => Object.fromEntries((await devtools.send("Performance.getMetrics")).metrics.map(({ name, value }) => [name, value]));
  const measured = async (where) => {
    await page.evaluate(() => {
      globalThis.frames_ = [];
      let last = performance.now();
      const frame = (now) => { frames_.push(now - last); last = now; globalThis.framing_ = requestAnimationFrame(frame); };
      globalThis.framing_ = requestAnimationFrame(frame);
    });
    const before = await spent();
    const start = Date.now();
    const storm = between.storm(SECONDS);
    // A key now and then, as an operator presses it: until the next row has the focus.
    const keys = [];
    if (where === "list") {
      for (let press = 0; press < SECONDS; press += 1) {
        await new Promise((done) => setTimeout(done, 700));
        const pressed = Date.now();
        await page.keyboard.press("ArrowDown");
        await page.evaluate(() => new Promise((done) => requestAnimationFrame(done)));
        keys.push(Date.now() - pressed);
      }
    }
    const sent = await storm;
    const over = Date.now();
    await page.waitForFunction((title) => document.querySelector('[aria-label="Alarm summary"]').textContent.includes(title), LAST, { polling: 20 });
    const behind = Date.now() - over;
    const after = await spent();
    const wall = (Date.now() - start) / 1000;
    const frames = await page.evaluate(() => { cancelAnimationFrame(framing_); return frames_; });
    return {
      page: where, "events/s": Math.round(sent / SECONDS), "main thread": `${Math.round(((after.TaskDuration - before.TaskDuration) / wall) * 100)} %`,
      "frame p50": ms(part(frames, 0.5)), "frame p99": ms(part(frames, 0.99)), "frame most": ms(Math.max(...frames)),
      "key p50": keys.length ? ms(part(keys, 0.5)) : "–", "key most": keys.length ? ms(Math.max(...keys)) : "–", behind: ms(behind),
      rows: await page.locator("tr[data-alarm]").count(), heapMiB: Math.round(after.JSHeapUsedSize / 2 ** 20),
    };
  };
  const list = await measured("list");
  // Who has scrolled into the list looks at the same alarm, whatever comes above it.
  await page.mouse.move(640, 500);
  for (let turn = 0; turn < 10; turn += 1) {
    await page.mouse.wheel(0, 900);
    await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));
  }
  const inView = () => page.evaluate(() => {
    const { top } = document.querySelector("main").getBoundingClientRect();
    const row = [...document.querySelectorAll("tr[data-alarm]")].find((one) => one.getBoundingClientRect().top >= top);
    return { alarm: row.dataset.alarm, top: row.getBoundingClientRect().top };
  });
  const before = await inView();
  await between.storm(2);
  await page.evaluate(() => new Promise((done) => setTimeout(done, 1000)));
  const after = await inView();
  assert.equal(after.alarm, before.alarm, "the list has moved away under who looked at it");
  assert.ok(Math.abs(after.top - before.top) <= 4, `the row has moved by ${after.top - before.top} px`);
  await page.getByRole("link", { name: "Overview" }).click();
  await page.getByRole("heading", { name: /^Overview/ }).waitFor();
  const overview = await measured("overview");
  console.log(`${STANDING} alarms stand in the list, ${RATE} events a second for ${SECONDS} s; page and whole list shown after ${shown} ms`);
  console.table([list, overview]);
  assert.ok(list["events/s"] >= RATE * 0.9, "the stream of this script itself fell behind");
} finally {
  await browser.close();
  between.server.closeAllConnections();
  between.server.close();
  await plant.remove();
}
