/** Connections that are lost, and many answers under way at once. */
import assert from 'node:assert/strict';

import { Random } from '../js/lib/random.mjs';
import { e2e, until } from './lib/world.mjs';

const IDS = ['a', 'b', 'c'];

async function behindProxies(world, options = {}) {
  const proxies = {};
  for (const id of IDS) proxies[id] = await world.proxy(id);
  const cache = world.client({ nodes: world.addresses(proxies), timeout: '2s', ...options });
  await cache.connect();
  const isUp = () => cache.nodes.every(({ state }) => state === 'up');
  await until(isUp, 'up');
  return { proxies, cache, isUp };
}

e2e('connections that are lost are replaced, one by one and all', {}, async (world, t) => {
  const random = new Random(world.seed);
  const { proxies, cache, isUp } = await behindProxies(world);
  for (let round = 0; round < 6; round++) {
    // One of three is lost while much is under way: nobody is told.
    const proxy = proxies[IDS[round % 3]];
    const before = proxy.count;
    const keys = Array.from({ length: 40 }, (_, at) => `${round}:${at}`);
    const writes = keys.map((key) => cache.set(key, `value of ${key}`));
    proxy.sever(random.happens(0.5));
    await Promise.all(writes);
    const reads = keys.map((key) => cache.get(key));
    proxy.sever(random.happens(0.5));
    assert.deepEqual(
      await Promise.all(reads),
      keys.map((key) => `value of ${key}`),
    );
    await until(isUp, 'up again');
    assert.ok(proxy.count > before);
  }
  const held = await cache.getEntry('5:1');
  for (const proxy of Object.values(proxies)) proxy.sever();
  await until(() => cache.get('5:1').catch(() => undefined), 'read again');
  await until(isUp, 'all up again');
  assert.deepEqual(await cache.getEntry('5:1'), held, 'the nodes have forgotten nothing');
  // Old connections are let go: one for each node is left.
  await until(() => Object.values(proxies).every(({ open }) => open === 1), 'one connection each');
  t.diagnostic(`${Object.values(proxies).map(({ count }) => count)} connections`);
});

e2e('each answer belongs to its key, whatever its size and delay', {}, async (world) => {
  await world.warm();
  const random = new Random(world.seed);
  const { proxies, cache, isUp } = await behindProxies(world);
  const sizes = [0, 1, 50, 4_095, 4_096, 4_097, 20_000, 120_000];
  const values = new Map();
  for (let at = 0; at < 120; at++) {
    const text = `${at}.`;
    values.set(`key ${at}`, text.repeat(Math.ceil(random.pick(sizes) / text.length)) + text);
  }
  await cache.setMany(values);
  const keys = [...values.keys()];
  for (let round = 0; round < 12; round++) {
    for (const proxy of Object.values(proxies)) {
      proxy.toClient.delayMs = random.below(30);
      proxy.toNode.delayMs = random.below(30);
    }
    const asked = Array.from({ length: 60 }, () => random.pick(keys));
    const kinds = asked.map(() => random.pick(['one', 'quorum', 'quorum', 'all']));
    const reads = asked.map((key, at) => cache.get(key, undefined, { consistency: kinds[at] }));
    const missing = cache.get(`nobody's ${round}`);
    const key = random.pick(keys);
    const name = `${key} ${round}`;
    const write = cache.set(name, name);
    if (round % 4 === 3) {
      // Those of 'all' fail, the others do not, and no answer is another's.
      proxies[random.pick(IDS)].sever();
    }
    for (const [at, result] of (await Promise.allSettled(reads)).entries()) {
      if (result.status === 'fulfilled') {
        // One replica may not have it yet.
        const isLate = kinds[at] === 'one' && result.value === undefined;
        assert.ok(isLate || result.value === values.get(asked[at]), `${kinds[at]} ${asked[at]}`);
      } else {
        assert.deepEqual([round % 4, result.reason.required], [3, 3], result.reason.message);
      }
    }
    assert.equal(await missing, undefined);
    await write;
    assert.equal(await cache.get(name), name);
    await until(isUp, 'up');
  }
});
