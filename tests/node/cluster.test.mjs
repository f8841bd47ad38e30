/** The packed package's cluster over three native nodes, one of which is killed by -9. */
import assert from 'node:assert/strict';
import { randomInt } from 'node:crypto';
import test from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';

import { Load } from '../cluster-e2e/lib/load.mjs';
import { World } from '../cluster-e2e/lib/world.mjs';
import { Native, until } from './lib/native.mjs';

/** Nodes that are the native server. */
class NativeWorld extends World {
  async startNode(id) {
    const port = this.nodes.get(id)?.port ?? 0;
    const web = `127.0.0.1:${port}`;
    const native = await Native.start({ resp: 'off', web, flags: ['--id', id] });
    const { child } = native;
    child.ended = native.ended;
    const url = native.ws;
    this.nodes.set(id, { id, child, native, url, port: Number(new URL(url).port) });
  }

  async ask(id) {
    return { stats: await this.nodes.get(id).native.metrics() };
  }
}

async function withWorld(t, work) {
  const seed = Number(process.env.SEED ?? randomInt(1, 100_000));
  t.diagnostic(`SEED=${seed}`);
  const world = new NativeWorld({ seed });
  try {
    await world.begin();
    await work(world);
  } finally {
    await world.end();
  }
}

test('32 clients see nothing wrong while a native node is killed', { timeout: 60_000 }, (t) =>
  withWorld(t, async (world) => {
    const load = await Load.start(world, 'native-kill');
    await pause(700);
    await world.signal('b', 'SIGKILL');
    await pause(1_500);
    await world.startNode('b');
    await load.linked();
    await until(async () => (await world.ask('b')).stats.entries >= 6, 'holds entries again');
    const told = await load.stop();
    t.diagnostic(await told.check());
    assert.deepEqual(
      told.failures.map(({ line }) => line),
      [],
    );
  }),
);

test(
  'values of all kinds, near copies, touch and clear, by WebSocket and fetch',
  { timeout: 60_000 },
  (t) =>
    withWorld(t, async (world) => {
      await world.warm();
      for (const scheme of ['ws:', 'http:']) {
        const nodes = world.addresses().map(({ id, address }) => ({
          id,
          address: address.replace('ws:', scheme),
        }));
        const cache = world.client({ nodes });
        const value = { text: 'ünï', list: [1, null], at: new Date(0), many: new Map([[1, 2n]]) };
        await cache.set('app:k', value, '1m');
        assert.deepEqual(await cache.get('app:k'), value);
        assert.equal(await cache.touch('app:k', '2m'), true);
        assert.equal(await cache.delete('app:k'), true);
        assert.equal(await cache.get('app:k'), undefined);
        assert.equal(await cache.getOrSet('app:l', () => 'loaded', { ttl: '1m' }), 'loaded');
        await cache.clear();
        assert.equal(await cache.get('app:l'), undefined);
      }
    }),
);
