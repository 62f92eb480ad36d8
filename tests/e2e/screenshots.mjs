// Takes the pictures of README.md: the plant an hour into a lost feed. Given a folder, takes every page instead, and the
// overview dark and on a tablet, for a look at all of them.

import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { Plant, eventually, openBrowser } from "./support.mjs";

const everything = process.argv[2] !== undefined;
const folder = process.argv[2] ?? join(import.meta.dirname, "../../docs/images");
const NAME = "ada.lindqvist";
const PASSWORD = "a-long-winter-at-the-reactor";

const plant = await Plant.create();
const browser = await openBrowser();
try {
  await mkdir(folder, { recursive: true });
  const token = (await plant.start()).match(/set-up token: (\S+)/)[1];
  // What flashes would be pictured at any moment of its flash.
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, reducedMotion: "reduce" });
  const page = await context.newPage();
  await page.goto(plant.address);
  await page.getByRole("textbox", { name: "Set-up token" }).fill(token);
  await page.getByRole("textbox", { name: "Name" }).fill(NAME);
  await page.getByLabel(/^Password/).fill(PASSWORD);
  await page.getByLabel(/^Repeat password/).fill(PASSWORD);
  await page.getByRole("button", { name: "Create administrator" }).click();
  await page.getByRole("heading", { name: /^Overview/ }).waitFor();

  const ask = (query, variables = {}) =>
    page.evaluate(
      async (body) => {
        const answer = await fetch("/graphql", { method: "POST", headers: { "content-type": "application/json" }, body });
        return answer.json();
      },
      JSON.stringify({ query, variables: { ...variables } }),
    );
  const order = (field, input) =>
    ask(
      `mutation ($input: ${field[0].toUpperCase()}${field.slice(1)}Input!) { ${field}(input: $input) { userErrors { message } } }`,
      { input: { ...input, idempotencyKey: crypto.randomUUID() } },
    );
  const hours = async () => (await ask("{ plant { source { plantHours } } }")).data.plant.source.plantHours;

  await eventually("the detector is trained", 300, async () => {
    const { data } = await ask("{ detectors { status } }");
    return data.detectors.every((detector) => detector.status !== "UNTRAINED");
  });
  await order("setSimulationSpeed", { speed: 500 });
  await eventually("two quiet hours", 120, async () => (await hours()) > 2);
  await order("setDisturbance", { number: 6, active: true });
  const since = await hours();
  await eventually("an hour of a lost feed", 120, async () => (await hours()) > since + 1);
  await order("setSimulationSpeed", { speed: 1 });

  const picture = async (path, name) => {
    await page.goto(`${plant.address}${path}`);
    await page.getByRole("heading", { level: 1 }).waitFor();
    // Charts draw what the server has answered, a moment later.
    await page.waitForTimeout(2500);
    await page.screenshot({ path: join(folder, `${name}.png`) });
  };
  await picture("/", "overview");
  await picture("/alarms", "alarms");
  await picture("/detectors", "detectors");
  if (everything) {
    const incidents = (await ask("{ incidents(first: 1) { occurrenceId } }")).data.incidents;
    const incident = incidents.map(({ occurrenceId }) => ["incident", `/incidents/${occurrenceId}`]);
    for (const [name, path] of [...incident, ["incidents", "/incidents"], ["unit", "/units/reactor"], ["trends", "/trends"], ["register", "/register"], ["scenarios", "/scenarios"], ["supervision", "/supervision"], ["performance", "/performance"]]) {
      await picture(path, name);
    }
    await page.emulateMedia({ colorScheme: "dark" });
    await picture("/", "overview-dark");
    for (const [name, path] of incident) await picture(path, `${name}-dark`);
    await page.emulateMedia({ colorScheme: "light" });
    await page.setViewportSize({ width: 1180, height: 820 });
    await picture("/", "overview-tablet");
  }
  console.log(`pictures are in ${folder}`);
} finally {
  await browser.close();
  await plant.remove();
}
