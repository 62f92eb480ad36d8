// A plant of the test's own (a fresh data directory, free ports) and browsers to look at it with.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, mkdir, readFile, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { chromium } from "playwright-core";

/** Ports that nobody listens on. */
async function freePorts(count) {
  const servers = Array.from({ length: count }, () => createServer().listen(0, "127.0.0.1"));
  await Promise.all(servers.map((server) => once(server, "listening")));
  const ports = servers.map((server) => server.address().port);
  await Promise.all(servers.map((server) => new Promise((done) => server.close(done))));
  return ports;
}

/** Said by a probe when there is nothing more to wait for. */
class Hopeless extends Error {}

/** Asks again until `probe` answers with something true; what it said last stands in the error. */
export async function eventually(what, seconds, probe) {
  const until = Date.now() + seconds * 1000;
  let said;
  for (;;) {
    try {
      said = await probe();
      if (said) return said;
    } catch (error) {
      if (error instanceof Hopeless) throw error;
      said = error;
    }
    if (Date.now() > until) throw new Error(`${what}: not within ${seconds} s; last: ${said}`);
    await new Promise((done) => setTimeout(done, 100));
  }
}

/** The built binary, serving a plant whose data outlives a kill. */
export class Plant {
  static async create() {
    const plant = new Plant();
    plant.folder = await mkdtemp(join(tmpdir(), "tep-e2e-"));
    [plant.port, plant.metricsPort] = await freePorts(2);
    plant.address = `http://127.0.0.1:${plant.port}`;
    return plant;
  }

  /** Starts the binary and waits until it is ready; resolves with what it has printed so far. */
  async start() {
    assert.ok(process.env.TEPDEV_BINARY, "TEPDEV_BINARY names the built binary; run this by `make test` or scripts/test-e2e");
    this.printed = "";
    this.process = spawn(process.env.TEPDEV_BINARY, ["serve"], {
      cwd: this.folder,
      env: {
        PATH: process.env.PATH,
        TEP_SERVER__PORT: String(this.port),
        TEP_SERVER__METRICS_PORT: String(this.metricsPort),
        TEP_STORAGE__DATA_DIR: join(this.folder, "var"),
        // One address signs in several times here; how the limit behaves is tested where it lives.
        TEP_SECURITY__SIGN_IN_PER_MINUTE: "1000",
      },
      stdio: ["ignore", "pipe", "pipe"],
    });
    for (const stream of [this.process.stdout, this.process.stderr]) {
      stream.setEncoding("utf8").on("data", (text) => (this.printed += text));
    }
    this.ended = once(this.process, "exit");
    await eventually("the server is ready", 60, async () => {
      if (this.process.exitCode !== null) throw new Hopeless(`the server ended with ${this.process.exitCode}`);
      return (await fetch(`${this.address}/health/ready`)).ok;
    }).catch((error) => {
      throw new Error(`${error.message}\n${this.printed}`);
    });
    return this.printed;
  }

  /** Memory that the server holds now. */
  async residentMiB() {
    const status = await readFile(`/proc/${this.process.pid}/status`, "utf8");
    return Math.round(Number(status.match(/VmRSS:\s+(\d+)/)[1]) / 1024);
  }

  /** As a power cut does it. */
  async crash() {
    this.process.kill("SIGKILL");
    await this.ended;
  }

  /** As an administrator does it; resolves with the exit code. */
  async stop() {
    this.process.kill("SIGTERM");
    const [code] = await this.ended;
    return code;
  }

  async remove() {
    if (this.process && this.process.exitCode === null && this.process.signalCode === null) await this.crash();
    await rm(this.folder, { recursive: true, force: true });
  }
}

/** A headless Chromium. */
export function openBrowser() {
  return chromium.launch({
    executablePath: process.env.TEPDEV_CHROMIUM ?? "/usr/bin/chromium",
    args: [
      "--headless",
      "--no-sandbox",
      "--disable-gpu",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
    ],
  });
}

/** What every open page shows, kept outside the clone when a test has failed. */
export async function keepPictures(browser, plant) {
  const folder = join(process.env.TEPDEV_PICTURES ?? tmpdir(), "tep-e2e-failed");
  await mkdir(folder, { recursive: true });
  let number = 0;
  for (const context of browser.contexts()) {
    for (const page of context.pages()) {
      const file = join(folder, `${(number += 1)}.png`);
      await page.screenshot({ path: file, fullPage: true }).catch(() => {});
      console.error(`page ${page.url()} is pictured in ${file}`);
    }
  }
  console.error(`the server printed:\n${plant.printed}`);
}
