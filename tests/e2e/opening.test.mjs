// The first thing that a stranger does with TEP, in two browsers, and what is left of it after a power cut.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { Plant, eventually, keepPictures, openBrowser } from "./support.mjs";

const NAME = "ada.lindqvist";
const PASSWORD = "a-long-winter-at-the-reactor";
const COMMENT = "Feed A is lost, control room informed";
const ALARM = "A feed low";

let plant;
let browser;
/** The first operator's page. */
let here;
/** A colleague's page, in a browser of their own. */
let there;
let broken = false;

before(async () => {
  plant = await Plant.create();
  browser = await openBrowser();
});

after(async () => {
  await browser?.close();
  await plant?.remove();
});

class NotPlayed extends Error {
  message = "a scene before this one has failed";
  stack = "";
}

/** One scene. Each builds on the ones before it, so after a failure the rest is not played. */
function scene(name, body) {
  test(name, { timeout: 180_000 }, async () => {
    if (broken) throw new NotPlayed();
    try {
      await body();
    } catch (error) {
      broken = true;
      await keepPictures(browser, plant);
      throw error;
    }
  });
}

async function newPage() {
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 } });
  const page = await context.newPage();
  page.setDefaultTimeout(20_000);
  return page;
}

async function signIn(page) {
  await page.goto(plant.address);
  await page.getByRole("textbox", { name: "Name" }).fill(NAME);
  await page.getByLabel(/^Password/).fill(PASSWORD);
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.getByRole("heading", { name: /^Overview/ }).waitFor();
}

/** Goes to a page as a person does. */
async function goTo(page, name) {
  await page.getByRole("navigation", { name: "Pages" }).getByRole("link", { name, exact: true }).click();
  await page.getByRole("heading", { level: 1, name }).waitFor();
}

/** Asks the API with the badge of whoever is signed in on this page. */
function ask(page, query, variables = {}) {
  return page.evaluate(
    async (body) => (await fetch("/graphql", { method: "POST", headers: { "content-type": "application/json" }, body })).json(),
    JSON.stringify({ query, variables }),
  );
}

/** The row of the alarm that this story is about. */
function alarmRow(page) {
  return page.getByRole("table", { name: "Alarm list" }).getByRole("row", { name: ALARM });
}

async function alarmList(page) {
  const answer = await ask(
    page,
    "{ alarms(first: 200) { edges { node { key state occurrenceId acknowledgedBy comment } } } }",
  );
  assert.equal(answer.errors, undefined, JSON.stringify(answer.errors));
  return answer.data.alarms.edges.map((edge) => edge.node).sort((a, b) => a.key.localeCompare(b.key));
}

scene("a stranger gets the sign-in page and health, and nothing else", async () => {
  const printed = await plant.start();
  plant.token = printed.match(/set-up token: (\S+)/)?.[1];
  assert.ok(plant.token, `no set-up token was printed:\n${printed}`);

  const get = (path, init) => fetch(`${plant.address}${path}`, init);
  for (const path of ["/health/live", "/health/ready"]) assert.equal((await get(path)).status, 200, path);
  assert.match(await (await get("/")).text(), /<title>/);

  const asked = await get("/graphql", {
    method: "POST",
    headers: { "content-type": "application/json", origin: plant.address },
    body: JSON.stringify({ query: "{ plant { name } tags: plant { tags { key } } }" }),
  });
  const answer = await asked.text();
  assert.match(answer, /UNAUTHENTICATED/);
  assert.doesNotMatch(answer, /Tennessee|XMEAS/);
  assert.doesNotMatch(await (await get("/metrics")).text(), /tep_scans_total/);
});

scene("the set-up token makes the administrator, once", async () => {
  here = await newPage();
  await here.goto(plant.address);
  await here.getByRole("textbox", { name: "Set-up token" }).fill(plant.token);
  await here.getByRole("textbox", { name: "Name" }).fill(NAME);
  await here.getByLabel(/^Password/).fill(PASSWORD);
  await here.getByLabel(/^Repeat password/).fill(PASSWORD);
  await here.getByRole("button", { name: "Create administrator" }).click();
  await here.getByRole("heading", { name: "Overview of Tennessee Eastman" }).waitFor();

  const again = await fetch(`${plant.address}/auth/setup`, {
    method: "POST",
    headers: { "content-type": "application/json", origin: plant.address },
    body: JSON.stringify({ token: plant.token, name: "somebody.else", password: PASSWORD }),
  });
  assert.equal(again.status, 409);
});

scene("values live", async () => {
  await here.goto(`${plant.address}/units/reactor`);
  const pressure = here.getByRole("row", { name: /Reactor pressure/ });
  await pressure.waitFor();
  const first = await pressure.innerText();
  assert.match(first, /\d/);
  await eventually("the reactor's pressure changes", 15, async () => (await pressure.innerText()) !== first);
});

scene("a fault is switched on, and an alarm follows within minutes of plant time", async () => {
  await goTo(here, "Scenarios");
  const simulation = here.getByRole("region", { name: "Simulation" });
  await simulation.getByText("100×", { exact: true }).click();
  await simulation.getByRole("radio", { name: "100×", exact: true, checked: true }).waitFor({ state: "attached" });
  await here.getByRole("switch", { name: /^IDV 6 / }).click();
  await here.getByRole("switch", { name: /^IDV 6 /, checked: true }).waitFor({ state: "attached" });
  await goTo(here, "Alarms");
  await alarmRow(here).getByText("Unacknowledged", { exact: true }).waitFor({ timeout: 60_000 });
  // What else happens would be another story: the alarm list stands still while it is looked at.
  await goTo(here, "Scenarios");
  await simulation.getByRole("button", { name: "Pause" }).click();
  await simulation.getByRole("button", { name: "Resume" }).waitFor();
});

scene("an operator acknowledges, and a second browser shows it", async () => {
  there = await newPage();
  await signIn(there);
  await goTo(there, "Alarms");
  await alarmRow(there).getByText("Unacknowledged", { exact: true }).waitFor();

  await goTo(here, "Alarms");
  await alarmRow(here).getByRole("button", { name: ALARM }).click();
  const detail = here.getByRole("dialog", { name: "Alarm" });
  await detail.getByText("What to do").waitFor();
  await detail.getByRole("textbox", { name: "Comment" }).fill(COMMENT);
  await detail.getByRole("button", { name: "Acknowledge" }).click();

  for (const page of [there, here]) {
    await alarmRow(page).getByText("Acknowledged", { exact: true }).waitFor();
    await alarmRow(page).getByText(`by ${NAME}`).waitFor();
  }
  await detail.getByRole("button", { name: "Close" }).click();
  const acknowledged = (await alarmList(there)).filter((alarm) => alarm.acknowledgedBy === NAME);
  assert.deepEqual(acknowledged.map(({ state, comment }) => ({ state, comment })), [{ state: "ACKNOWLEDGED", comment: COMMENT }]);
});

scene("after a power cut the alarm list is the same, with its acknowledgements", async () => {
  const listBefore = await alarmList(here);
  await plant.crash();
  const started = Date.now();
  const printed = await plant.start();
  assert.doesNotMatch(printed, /set-up token/);
  // The sessions have outlived the cut as well.
  await here.goto(`${plant.address}/units/reactor`);
  await here.getByRole("row", { name: /Reactor pressure.*\d/ }).waitFor();
  console.log(`first value on screen ${Date.now() - started} ms after the start, ${await plant.residentMiB()} MiB resident`);
  assert.deepEqual(await alarmList(here), listBefore);
  // The other browser was left alone meanwhile: it has found the server again by itself.
  await there.getByText(/^● Live$/).waitFor();
  await alarmRow(there).getByText("Acknowledged", { exact: true }).waitFor();
});

scene("who signs out sees nothing any more", async () => {
  await here.getByRole("button", { name: /^Account/ }).click();
  await here.getByRole("menuitem", { name: "Sign out" }).click();
  await here.getByRole("button", { name: "Sign in" }).waitFor();
  assert.match(JSON.stringify(await ask(here, "{ plant { name } }")), /UNAUTHENTICATED/);
});

scene("told to stop, it stops in order", async () => {
  assert.equal(await plant.stop(), 0, plant.printed);
});
