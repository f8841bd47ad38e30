/** Three NATS servers on loopback that are one cluster. In production they run elsewhere. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import net from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

/** The program: `TIDECACHE_NATS_SERVER`, or what `cargo xtask setup` brought. */
const PROGRAM =
  process.env.TIDECACHE_NATS_SERVER ??
  fileURLToPath(new URL('../../target/xtask/engines/nats/bin/nats-server', import.meta.url));

/** How long servers may take until they answer. */
const START_MS = 30_000;

async function freePort() {
  const server = net.createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  await once(server.close(), 'close');
  return port;
}

/** The servers, each a process with a folder of its own. */
export class NatsCluster {
  #folder = '';
  #servers = new Map();

  /** Where clients connect to, by the servers' names. */
  get urls() {
    return [...this.#servers].map(([, { web }]) => `ws://127.0.0.1:${web}`);
  }

  /** Starts servers of these names; resolves when each is well. */
  async start(names) {
    this.#folder = await mkdtemp(path.join(tmpdir(), 'tidecache-nats-'));
    for (const name of names) {
      const [own, web] = [await freePort(), await freePort()];
      const [health, route] = [await freePort(), await freePort()];
      this.#servers.set(name, { own, web, health, route });
    }
    const routes = [...this.#servers.values()].map(({ route }) => `nats://127.0.0.1:${route}`);
    for (const [name, { own, web, health, route }] of this.#servers) {
      const config = [
        `server_name: ${name}`,
        `listen: "127.0.0.1:${own}"`,
        `http: "127.0.0.1:${health}"`,
        `jetstream { store_dir: "${path.join(this.#folder, name)}" }`,
        `websocket { listen: "127.0.0.1:${web}", no_tls: true }`,
        `cluster { name: example, listen: "127.0.0.1:${route}", routes: [${routes.join(', ')}] }`,
      ];
      await writeFile(path.join(this.#folder, `${name}.conf`), config.join('\n'));
    }
    for (const name of names) this.spawn(name);
    await Promise.all(names.map((name) => this.ready(name)));
  }

  /** Starts one, with what it held before. */
  spawn(name) {
    const server = this.#servers.get(name);
    const config = path.join(this.#folder, `${name}.conf`);
    server.child = spawn(PROGRAM, ['--config', config], { stdio: 'ignore' });
    server.child.once('error', (error) => {
      server.failure = error;
    });
  }

  /** Resolves when one is well. */
  async ready(name) {
    const server = this.#servers.get(name);
    const end = Date.now() + START_MS;
    while (Date.now() < end) {
      if (server.failure)
        throw new Error(`cargo xtask setup brings nats-server: ${server.failure}`);
      const answer = await fetch(`http://127.0.0.1:${server.health}/healthz`).catch(() => {});
      if (answer?.ok) return;
      await pause(50);
    }
    throw new Error(`${name} does not answer`);
  }

  /** Ends one as a power failure does. */
  async kill(name) {
    const { child } = this.#servers.get(name);
    if (child?.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const exit = once(child, 'exit');
    child.kill('SIGKILL');
    await exit;
  }

  /** Ends all, and removes what they stored. */
  async stop() {
    await Promise.all([...this.#servers.keys()].map((name) => this.kill(name)));
    await rm(this.#folder, { recursive: true, force: true });
  }
}
