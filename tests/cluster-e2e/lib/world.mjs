/** Real nodes in processes of their own, what is between, and an end of everything. */
import { fork } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import process from 'node:process';
import test from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

import { WebSocket } from 'ws';

import { Client, FRAMES_TYPE } from '../../js/lib/node-clients.mjs';
import { load, project } from '../../js/lib/package.mjs';
import { commands } from '../../js/lib/resp.mjs';
import { Proxy } from './proxy.mjs';

const { DistributedCache } = await load('tidecache/cluster');

/** A reply to `TC.GET`: its kind and version, the end of what was known, the value of what is. */
const KNOWN = new RegExp(
  '\\+(held|gone|dead|forgot)\r\n\\$16\r\n([^]{16})\r\n' +
    '(?::(\\d+)\r\n)?(?::\\d+\r\n\\$\\d+\r\n([^]*)\r\n)?',
);

/** Every process that was started: whatever happens, none of them stays. */
const children = new Set();
process.on('exit', () => children.forEach((child) => child.kill('SIGKILL')));

const programs = new URL('../children/', import.meta.url);

/** Starts a program of `children/`, its clock off by `shiftMs`; its first message is awaited. */
export async function start(name, plan, shiftMs = 0) {
  const child = fork(fileURLToPath(new URL(`${name}.mjs`, programs)), [JSON.stringify(plan)], {
    execArgv: shiftMs === 0 ? [] : ['--import', new URL('shifted-clock.mjs', programs).href],
    env: { ...process.env, TIDECACHE_PROJECT: project, CLOCK_SHIFT_MS: String(shiftMs) },
  });
  children.add(child);
  child.ended = new Promise((resolve) => {
    child.once('exit', () => resolve(children.delete(child)));
  });
  const ended = child.ended.then(() => {
    throw new Error(`${name} ended before it had begun`);
  });
  ended.catch(() => undefined);
  const [told] = await Promise.race([once(child, 'message'), ended]);
  return { child, told };
}

/** Resolves when `holds` does, which may be a Promise; throws what it was after 10 s. */
export async function until(holds, what, ms = 10_000) {
  const end = performance.now() + ms;
  while (!(await holds())) {
    if (performance.now() > end) throw new Error(`never ${what}`);
    await pause(10);
  }
}

/** Three nodes, or those that `ids` says, at ports that they keep. */
export class World {
  nodes = new Map();
  #options;
  #ending = [];

  constructor({ seed, options = {} }) {
    this.seed = seed;
    this.#options = options;
  }

  async begin(ids = ['a', 'b', 'c']) {
    await Promise.all(ids.map((id) => this.startNode(id)));
  }

  /** Starts a node, empty, where it was before if it was. */
  async startNode(id, options = this.#options, shiftMs = 0) {
    const port = this.nodes.get(id)?.port ?? 0;
    const { child, told } = await start('node', { id, port, ...options }, shiftMs);
    this.nodes.set(id, { id, child, url: told.url, port: Number(new URL(told.url).port) });
  }

  /** Sends a signal to a node; resolves when a kill has been. */
  async signal(id, name) {
    const { child } = this.nodes.get(id);
    child.kill(name);
    if (name === 'SIGKILL') await child.ended;
  }

  /** Resolves with a node's statistics and how much memory its process has. */
  async ask(id) {
    const { child } = this.nodes.get(id);
    child.send('stats');
    return (await once(child, 'message'))[0];
  }

  /** Returns the addresses of nodes for clients; `proxies` are in the place of some. */
  addresses(proxies = {}, ids = [...this.nodes.keys()]) {
    return ids.map((id) => ({ id, address: (proxies[id] ?? this.nodes.get(id)).url }));
  }

  /** Puts a proxy before a node. */
  async proxy(id) {
    const proxy = await Proxy.start(this.nodes.get(id).port);
    this.ends(() => proxy.close());
    return proxy;
  }

  /** Returns a client of this process. */
  client({ nodes = this.addresses(), ...options } = {}) {
    const cache = new DistributedCache({ nodes, WebSocket, ...options });
    this.ends(() => cache.close());
    return cache;
  }

  /** Resolves with what one node answers to commands, asked beside all clients. */
  async raw(id, ...commands) {
    const socket = await Client.open(this.nodes.get(id).url, { token: this.#options.tokens?.[0] });
    try {
      return await socket.ask(...commands);
    } finally {
      await socket.close();
    }
  }

  /** Resolves with what each node knows of a key: its kind, version and end; `value` if held. */
  async known(key, ids = [...this.nodes.keys()]) {
    const body = commands(['TC.HELLO', '1', '1'], ['TC.GET', key]);
    const answers = ids.map(async (id) => {
      const url = `${this.nodes.get(id).url.replace('ws:', 'http:')}/v1/frames`;
      const headers = { 'content-type': FRAMES_TYPE };
      const response = await fetch(url, { method: 'POST', headers, body });
      // Versions are bytes, so each byte is a letter here.
      const text = Buffer.from(await response.arrayBuffer()).toString('latin1');
      const [, kind, version, end, value] = KNOWN.exec(text);
      return [id, { kind, version: Buffer.from(version, 'latin1').toString('hex'), end, value }];
    });
    return Object.fromEntries(await Promise.all(answers));
  }

  /**
   * Resolves when the nodes are new no longer: for the largest drift of clocks they let nothing in
   * that was written at once, as they could have forgotten something newer.
   */
  async warm() {
    const floors = Object.values(await this.known('nobody'));
    const ms = floors.map(({ version }) => parseInt(version.slice(0, 12), 16));
    await until(() => Date.now() > Math.max(...ms), 'warm');
  }

  /** Has something done when the test ends. */
  ends(work) {
    this.#ending.push(work);
  }

  async end() {
    await Promise.allSettled(this.#ending.reverse().map((work) => work()));
    for (const { child } of this.nodes.values()) child.kill('SIGKILL');
    await Promise.all([...this.nodes.values()].map(({ child }) => child.ended));
  }
}

/** A test with a world of its own; it says by which seed it can be had again. */
export function e2e(name, { ids, options, ms = 30_000 }, work) {
  test(name, { timeout: ms }, async (t) => {
    const seed = Number(process.env.SEED ?? randomInt(1, 100_000));
    t.diagnostic(`SEED=${seed}`);
    const world = new World({ seed, options });
    try {
      await world.begin(ids);
      await work(world, t);
    } finally {
      await world.end();
    }
  });
}
