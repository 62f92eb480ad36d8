// The first thing that a stranger does with TEP, in two browsers, and what is left of it after a power cut.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { Plant, eventually, keepPictures, openBrowser } from "./support.mjs";

const NAME = "Ada Lindqvist";
const PASSWORD = "a-long-winter-at-the-reactor";
const COMMENT = "Feed A is lost, control room informed";

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

/** One scene. Each builds on the ones before it, so after a failure the rest is not played. */
function scene(name, body) {
  test(name, { timeout: 180_000 }, async () => {
    assert.ok(!broken, "a scene before this one has failed");
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
  await page.getByLabel("Password", { exact: true }).fill(PASSWORD);
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

async function alarmList(page) {
  const answer = await ask(
    page,
    "{ alarms(first: 200) { edges { node { key state occurrenceId acknowledgedBy comment } } } }",
  );
  assert.equal(answer.errors, undefined, JSON.stringify(answer.errors));
  return answer.data.alarms.edges.map((edge) => edge.node).sort((a, b) => a.key.localeCompare(b.key));
}
