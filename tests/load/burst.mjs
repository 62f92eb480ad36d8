// Ten times the load for a minute, against the built binary: is memory flat, does the lag show, does it recover by itself?
// `scripts/load-burst` runs it; the README beside it says what to look for.

import assert from "node:assert/strict";
import { Plant, eventually } from "../e2e/support.mjs";

const CALM = Number(process.env.LOAD_CALM ?? 100);
const BURST = Number(process.env.LOAD_BURST ?? 1000);
const SECONDS = Number(process.env.LOAD_SECONDS ?? 60);
/** What may be added to the memory of a calm plant: the scans under way and what the allocator keeps of them. */
const GROWTH_MIB_MAX = 64;

const plant = await Plant.create();
let session;

async function ask(query, variables = {}) {
  const answer = await fetch(`${plant.address}/graphql`, {
    method: "POST",
    headers: { "content-type": "application/json", authorization: `Bearer ${session}` },
    body: JSON.stringify({ query, variables }),
  });
  const said = await answer.text();
  const { data, errors } = JSON.parse(said);
  assert.ok(data && !errors, `${answer.status}: ${said}`);
  return data;
}

async function setUp() {
  const token = (await plant.start()).match(/set-up token: (\S+)/)[1];
  const answer = await fetch(`${plant.address}/auth/setup`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ token, name: "ada", password: "copper ladder 7 rain" }),
  });
  assert.ok(answer.ok, await answer.text());
  // The value of the cookie is the token, and a script shows it as such.
  session = answer.headers.getSetCookie()[0].split(";")[0].split("=").slice(1).join("=");
}

async function setSpeed(speed) {
  const query = "mutation($input: SetSimulationSpeedInput!) { setSimulationSpeed(input: $input) { userErrors { message } } }";
  const input = { speed, idempotencyKey: crypto.randomUUID() };
  assert.deepEqual((await ask(query, { input })).setSimulationSpeed.userErrors, []);
}

/** Every metric of one name, by its labels. */
async function metrics() {
  const text = await (await fetch(`http://127.0.0.1:${plant.metricsPort}/metrics`)).text();
  const found = new Map();
  for (const line of text.split("\n").filter((line) => line.startsWith("tep_"))) {
    const [, name, value] = line.match(/^(\w+)(?:\{.*\})? (\S+)$/) ?? [];
    if (name) found.set(name, [...(found.get(name) ?? []), Number(value)]);
  }
  return found;
}

const most = (found, name) => Math.max(0, ...(found.get(name) ?? []));
const sum = (found, name) => (found.get(name) ?? []).reduce((a, b) => a + b, 0);

async function look(phase) {
  const found = await metrics();
  return {
    phase,
    rssMiB: await plant.residentMiB(),
    scans: sum(found, "tep_scans_total"),
    written: sum(found, "tep_scans_written_total"),
    lagScans: most(found, "tep_source_lag_scans"),
    deepest: most(found, "tep_actor_mailbox_depth"),
    oldestSeconds: most(found, "tep_actor_mailbox_oldest_seconds"),
    shed: sum(found, "tep_shed_total"),
  };
}

async function phase(name, seconds) {
  const looks = [];
  const began = Date.now();
  while (Date.now() - began < seconds * 1000) {
    await new Promise((done) => setTimeout(done, 1000));
    looks.push(await look(name));
  }
  const [first, last] = [looks[0], looks.at(-1)];
  const rate = (last.scans - first.scans) / Math.max(1, looks.length - 1);
  const top = (key) => Math.max(...looks.map((one) => one[key]));
  console.log(
    `${name.padEnd(8)} ${rate.toFixed(0).padStart(6)} scans/s   resident ${first.rssMiB} … ${top("rssMiB")} MiB   lag ≤ ${top("lagScans")} scans   ` +
      `deepest mailbox ${top("deepest")}   oldest message ≤ ${top("oldestSeconds").toFixed(2)} s   shed ${last.shed - first.shed}`,
  );
  return { first, last, top, rate };
}

const actors = (actor) => [actor, ...(actor.children ?? []).flatMap(actors)];

try {
  await setUp();
  await setSpeed(CALM);
  // The first model is trained meanwhile; its memory is not the burst's.
  await eventually("the detector has its model", 600, async () => (await ask("{ detectors { status } }")).detectors.every((one) => one.status !== "UNTRAINED"));
  const calm = await phase("calm", 20);
  await setSpeed(BURST);
  const burst = await phase("burst", SECONDS);
  await setSpeed(CALM);
  const after = await phase("after", 20);

  const last = after.last;
  assert.ok(burst.top("rssMiB") - calm.top("rssMiB") <= GROWTH_MIB_MAX, `memory grew from ${calm.top("rssMiB")} to ${burst.top("rssMiB")} MiB`);
  assert.equal(last.lagScans, 0, "the lag is gone");
  assert.ok(last.oldestSeconds < 1, `a message is ${last.oldestSeconds} s old after the burst`);
  const fields = "key restarts health lastError";
  const { actorTree } = await ask(`{ actorTree { ${fields} children { ${fields} children { ${fields} children { ${fields} } } } } }`);
  for (const actor of actors(actorTree)) assert.equal(actor.restarts, 0, `${actor.key} was restarted: ${actor.lastError}`);
  await eventually("every scan is durable", 30, async () => {
    const { scans, written } = await look("after");
    return scans - written < 3 * CALM;
  });
  console.log("memory is flat, the lag is gone, nothing was restarted");
} finally {
  await plant.remove();
}
