/** What was wrong with the first cluster of this kind, written in Python: each of it is a test. */
import assert from 'node:assert/strict';
import { setTimeout as pause } from 'node:timers/promises';

import { version } from '../js/lib/resp.mjs';
import { e2e, until } from './lib/world.mjs';

const HELLO = ['TC.HELLO', '1', '1'];

/** Nodes behind proxies, of which `cut` closes the way to some for a time. */
async function divided(world) {
  const proxies = {};
  for (const id of world.nodes.keys()) proxies[id] = await world.proxy(id);
  return {
    nodes: world.addresses(proxies),
    /** Does work of a client while nothing gets to some nodes. */
    async without(ids, work) {
      ids.forEach((id) => proxies[id].toNode.cut());
      try {
        return await work();
      } finally {
        // What was sent meanwhile is lost with its connections.
        for (const id of ids) proxies[id].sever(true);
        ids.forEach((id) => proxies[id].toNode.heal());
      }
    },
  };
}

/** Resolves when every node answers a client. */
async function linked(cache) {
  const all = () => cache.get('nobody', undefined, { consistency: 'all' });
  await until(
    () =>
      all().then(
        () => true,
        () => false,
      ),
    'linked',
  );
}

e2e(
  'a quorum is enforced: one of three is an error, never a miss or a success',
  {}, //
  async (world) => {
    await world.warm();
    const cache = world.client({ timeout: '500ms' });
    await cache.set('k', 1);
    for (const id of ['b', 'c']) await world.signal(id, 'SIGKILL');
    const calls = {
      read: [() => cache.get('k'), () => cache.get('none', 0), () => cache.has('k')],
      write: [() => cache.set('k', 2), () => cache.delete('k'), () => cache.clear()],
    };
    for (const [operation, list] of Object.entries(calls)) {
      for (const call of list) {
        const error = await call().then(assert.fail, (one) => one);
        assert.deepEqual([error.code, error.operation], ['ERR_CACHE_QUORUM', operation]);
        const why = Object.fromEntries(error.causes.map(({ node, state }) => [node, state]));
        // The third is not waited for where it cannot help.
        assert.ok(why.b === 'open' && why.c === 'open' && error.received < 2, error.message);
      }
    }
    await world.startNode('b');
    const again = async () => (await cache.set('k', 3).catch(() => false)) === true;
    await until(again, 'written with two of three');
    assert.equal(await cache.get('k'), 3);
  },
);

e2e('the newest value wins, not that of the majority', {}, async (world) => {
  await world.warm();
  const { nodes, without } = await divided(world);
  const cache = world.client({ nodes, timeout: '600ms' });
  for (const id of ['a', 'b', 'c']) {
    const others = ['a', 'b', 'c'].filter((other) => other !== id);
    await cache.set(id, 'old');
    // One replica takes it, two do not: that is no success.
    const failing = without(others, () => cache.set(id, 'new'));
    await assert.rejects(failing, { code: 'ERR_CACHE_QUORUM', indeterminate: true });
    const reader = world.client();
    assert.equal(await reader.get(id, 0, { consistency: 'all' }), 'new');
    for (let at = 0; at < 10; at++) assert.equal(await reader.get(id), 'new');
    // An acknowledged one that one replica has missed.
    await linked(cache);
    await without([id], () => cache.set(id, 'newer'));
    for (let at = 0; at < 10; at++) assert.equal(await reader.get(id), 'newer');
    await linked(cache);
  }
});

e2e('what has expired is not served, by no replica and after no repair', {}, async (world) => {
  const cache = world.client();
  const reader = world.client();
  await Promise.all(
    [50, 120, 250, 400].map(async (ttl) => {
      const key = `k${ttl}`;
      for (let round = 0; round < 4; round++) {
        await cache.set(key, round, ttl);
        const { expiresAt } = (await reader.getEntry(key)) ?? { expiresAt: 0 };
        let hit;
        do {
          const asked = Date.now();
          hit = await reader.get(key, undefined, { consistency: round % 2 ? 'all' : 'quorum' });
          // One machine has one clock; what a client knows of it is half a round trip off.
          if (hit !== undefined) assert.ok(asked < expiresAt + 25, `${asked - expiresAt} ms late`);
        } while (hit !== undefined);
      }
    }),
  );
  for (const ttl of [50, 120, 250, 400]) {
    for (const { kind } of Object.values(await world.known(`k${ttl}`))) {
      assert.notEqual(kind, 'held');
    }
  }
});

e2e('a delete is not undone by a node that has missed it', {}, async (world) => {
  await world.warm();
  const { nodes, without } = await divided(world);
  const cache = world.client({ nodes, timeout: '600ms' });
  for (const id of ['a', 'b', 'c']) {
    for (const keepsHints of [false, true]) {
      const key = `${id}:${keepsHints}`;
      const writer = world.client({ nodes, timeout: '600ms' });
      await writer.set(key, 'value');
      await until(async () => (await world.known(key))[id].kind === 'held', 'held by all');
      assert.equal(await without([id], () => writer.delete(key)), true);
      // Without its writer's memory nobody tells the node.
      if (!keepsHints) await writer.close();
      if (!keepsHints) assert.equal((await world.known(key))[id].kind, 'held');
      await linked(cache);
      for (let at = 0; at < 5; at++) {
        assert.equal(await cache.get(key), undefined);
        const all = { consistency: 'all' };
        assert.equal(await cache.get(key, undefined, all), undefined);
      }
      const isTold = async () => (await world.known(key))[id].kind === 'dead';
      if (keepsHints) await until(isTold, `told of the delete of ${key}`);
    }
    // Killed, it returns without the value, and takes an old one from nobody.
    await cache.set(id, 'value');
    await world.signal(id, 'SIGKILL');
    await cache.delete(id);
    await world.startNode(id);
    assert.equal(await cache.get(id), undefined);
    const old = [
      'TC.PUT',
      id,
      version(Date.now() - 60_000),
      String(Date.now() + 9_000),
      '1',
      'old',
    ];
    assert.equal((await world.raw(id, HELLO, old))[1][0], 'forgot');
    assert.equal(await cache.get(id), undefined);
    await until(async () => {
      await cache.set('back', id);
      return (await world.known('back'))[id].kind === 'held';
    }, 'back');
  }
});

e2e('a repair and a hint keep the end of a life', {}, async (world) => {
  await world.warm();
  const { nodes, without } = await divided(world);
  const cache = world.client({ nodes, timeout: '600ms' });
  for (const [key, ttl] of [
    ['repaired', 1_500],
    ['hinted', 1_600],
  ]) {
    const writer = world.client({ nodes, timeout: '600ms' });
    await without(['c'], () => writer.set(key, 'value', ttl));
    if (key === 'repaired') await writer.close();
    await linked(cache);
    await pause(300);
    await cache.get(key, undefined, { consistency: 'all' });
    await until(async () => (await world.known(key)).c.kind === 'held', `${key} on c`);
    const { a, b, c } = await world.known(key);
    assert.deepEqual([b, c], [a, a]);
    const { createdAt, expiresAt } = await cache.getEntry(key);
    assert.ok(Math.abs(expiresAt - createdAt - ttl) < 50, `${expiresAt - createdAt}`);
    await pause(expiresAt - Date.now() + 25);
    assert.equal(await cache.get(key, undefined, { consistency: 'all' }), undefined);
  }
});

e2e(
  'another node takes its share of the keys and moves no others',
  { ids: ['a', 'b', 'c', 'd'] }, //
  async (world, t) => {
    const keys = Array.from({ length: 1_000 }, (_, at) => `key ${at}`);
    /** Resolves with which of the nodes holds each key, as those nodes say. */
    const placed = async (ids, prefix) => {
      const cache = world.client({ nodes: world.addresses({}, ids), replicationFactor: 1 });
      const newest = async () => {
        await cache.setMany(keys.map((key) => [key, prefix]));
        return (await cache.getMany(keys)).get(keys[0]) === prefix;
      };
      await until(newest, 'placed');
      const holders = new Map();
      for (const id of ids) {
        const answers = await world.raw(id, ...keys.map((key) => ['GET', key]));
        answers.forEach((value, at) => value === prefix && holders.set(keys[at], id));
      }
      assert.equal(holders.size, keys.length);
      return holders;
    };
    const three = await placed(['a', 'b', 'c'], 'three');
    const four = await placed(['a', 'b', 'c', 'd'], 'four');
    const moved = keys.filter((key) => three.get(key) !== four.get(key));
    t.diagnostic(`${moved.length} of ${keys.length} keys move to the fourth of four nodes`);
    assert.ok(
      moved.every((key) => four.get(key) === 'd'),
      'a key moves between old nodes',
    );
    // A quarter, give or take five deviations.
    assert.ok(moved.length > 180 && moved.length < 320, `${moved.length} move`);
    const others = await placed(['a', 'c', 'd'], 'others');
    const left = keys.filter((key) => four.get(key) !== 'b');
    assert.ok(
      left.every((key) => others.get(key) === four.get(key)),
      'only those of b move',
    );
  },
);

e2e('lengths are limited, and too long is an error of its own', {}, async (world) => {
  await world.warm();
  const cache = world.client();
  const tooLarge = { code: 'ERR_CACHE_TOO_LARGE' };
  const long = 'k'.repeat(1_024);
  await cache.set(long, 1);
  assert.equal(await cache.get(long), 1);
  for (const call of [
    () => cache.get(`${long}k`),
    () => cache.set(`${'é'.repeat(512)}k`, 1),
    () => cache.delete(`${long}k`),
    () => cache.getOrSet(`${long}k`, () => 1),
  ]) {
    await assert.rejects(call, { ...tooLarge, name: 'CacheKeyError' });
  }
  const whole = 'v'.repeat(1 << 20);
  await cache.set('whole', whole);
  assert.ok((await cache.get('whole', 0, { consistency: 'all' })) === whole);
  for (const value of [`${whole}v`, new Uint8Array((1 << 20) + 1)]) {
    await assert.rejects(cache.set('k', value), { ...tooLarge, name: 'CacheConnectionError' });
    await assert.rejects(
      cache.getOrSet('k', () => value),
      tooLarge,
    );
  }
  assert.equal(await cache.get('k'), undefined);
  // Many long ones at once share no frame that is too long.
  const many = Array.from({ length: 20 }, (_, at) => [`many ${at}`, whole.slice(0, 900_000 + at)]);
  await cache.setMany(many, { timeout: '5s' });
  const read = await cache.getMany(
    many.map(([key]) => key),
    { timeout: '5s' },
  );
  assert.ok(many.every(([key, value]) => read.get(key) === value));
});

/** Values that strangers could have written: the flags say how they are to be read. */
const HOSTILE = {
  'pickle, which runs a command': [2, "cos\nsystem\n(S'touch /tmp/pwned'\ntR."],
  'a prototype': [2, '[{"__proto__":1},{"polluted":2},true]'],
  'a constructor': [2, '[{"constructor":1},{"prototype":2},{"polluted":3},true]'],
  'a class': [2, '[["Evil",1],"code"]'],
  'a prototype through null objects': [2, '[["null","__proto__",1],{"polluted":2},true]'],
  'an object of Object': [2, '[["Object",1],"code"]'],
  'a regular expression without end': [2, '[["RegExp","(a+)+$","g"]]'],
  'an array of 2³² places': [2, '[[-7,4294967295,0,1],"x"]'],
  'an index outside': [2, '[[99]]'],
  'a cycle of sets': [2, '[["Set",0]]'],
  'text that is no JSON': [2, 'globalThis.polluted = true'],
  'bytes that are no UTF-8': [1, Buffer.from([0xff, 0xfe, 0x80])],
  'half a number': [23, Buffer.alloc(7)],
  'flags of the future': [99, 'value'],
  'flags of another codec': [255, 'value'],
};

e2e('values of strangers run nothing and pollute nothing', {}, async (world, t) => {
  await world.warm();
  const cache = world.client();
  const before = JSON.stringify(Object.getOwnPropertyNames(Object.prototype));
  const kinds = [];
  for (const [at, [what, [flags, bytes]]] of Object.entries(HOSTILE).entries()) {
    const now = Date.now();
    const words = [version(now, at), String(now + 60_000), String(flags), bytes];
    for (const id of ['a', 'b', 'c']) {
      assert.deepEqual((await world.raw(id, HELLO, ['TC.PUT', what, ...words])).slice(1), ['OK']);
    }
    const value = await cache.get(what).catch((error) => error);
    if (value instanceof Error) {
      assert.equal(value.code, 'ERR_CACHE_SERIALIZATION', `${what}: ${value.stack}`);
      assert.equal(await cache.delete(what), true, 'it is still to be deleted');
    } else {
      const prototype = Object.getPrototypeOf(value);
      const plain = [Object, Array, Set, String].map((one) => one.prototype);
      const isPlain = prototype === null || plain.includes(prototype);
      assert.ok(isPlain && value.polluted === undefined, what);
    }
    kinds.push(value instanceof Error ? 'refused' : 'harmless');
    assert.equal(globalThis.polluted ?? {}.polluted ?? [].polluted, undefined, what);
  }
  assert.equal(JSON.stringify(Object.getOwnPropertyNames(Object.prototype)), before);
  t.diagnostic(`${kinds.filter((kind) => kind === 'refused').length} of ${kinds.length} refused`);
  await cache.set('after', new Map([['safe', 1n]]));
  assert.deepEqual(await cache.get('after'), new Map([['safe', 1n]]));
});
