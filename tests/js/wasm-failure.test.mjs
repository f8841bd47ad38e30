/** Engines that refuse WebAssembly, always or at once only, and what is left afterwards. */
import assert from 'node:assert/strict';
import test from 'node:test';

import { loadFresh } from './lib/package.mjs';

const { CompileError, Instance, Module, compile } = WebAssembly;

/** What engines throw under a Content-Security-Policy without `wasm-unsafe-eval`. */
const refusal = new CompileError("Refused to compile: 'wasm-unsafe-eval' is not allowed");

const refusing = (constructor) =>
  new Proxy(constructor, {
    construct() {
      throw refusal;
    },
  });

/** Runs `work` while the engine refuses what `refused` names. */
async function whileRefused(refused, work) {
  const { WebAssembly: platform } = globalThis;
  if (refused.includes('Module')) {
    WebAssembly.Module = refusing(Module);
  }
  if (refused.includes('Instance')) {
    WebAssembly.Instance = refusing(Instance);
  }
  if (refused.includes('compile')) {
    WebAssembly.compile = () => Promise.reject(refusal);
  }
  if (refused.includes('WebAssembly')) {
    globalThis.WebAssembly = undefined;
  }
  try {
    return await work();
  } finally {
    globalThis.WebAssembly = platform;
    Object.assign(WebAssembly, { Module, Instance, compile });
  }
}

const ALL = {
  'forbids to compile': ['Module', 'compile'],
  'forbids to instantiate': ['Instance'],
  'has no WebAssembly': ['WebAssembly'],
};

/** Calls that need the module, each as the first one. */
const FIRST_CALLS = {
  get: (cache) => cache.get('a'),
  set: (cache) => cache.set('a', 1),
  setMany: (cache) => cache.setMany({ a: 1 }),
  clear: (cache) => cache.clear(),
  transaction: (cache) => cache.transaction((tx) => tx.get('a')),
  start: (cache) => cache.start(),
  sync: async (cache) => cache.sync,
};

for (const [how, refused] of Object.entries(ALL)) {
  test(`an engine that ${how} is ERR_CACHE_WASM with the cause, and the next call tries again`, async () => {
    const { CacheError, TTLCache, init } = await loadFresh();
    const cache = new TTLCache({ maxSize: 5 });
    const isRefusal = (error) => {
      assert.ok(error instanceof CacheError, String(error?.stack));
      assert.equal(error.code, 'ERR_CACHE_WASM');
      assert.ok(refused.includes('WebAssembly') ? error.cause : error.cause === refusal);
      assert.match(error.message, /Content-Security-Policy.*wasm-unsafe-eval/s);
      return true;
    };
    await whileRefused(refused, async () => {
      for (const [name, call] of Object.entries(FIRST_CALLS)) {
        await assert.rejects(call(cache), isRefusal, name);
      }
      await assert.rejects(init(), isRefusal);
      assert.deepEqual([cache.size, cache.closed, cache.getStats().items], [0, false, 0]);
      await cache.stop();
      await cache.start().catch(isRefusal);
    });
    assert.equal(await cache.set('a', 1), true);
    assert.equal(await cache.get('a'), 1);
    assert.equal(cache.sync.get('a'), 1);
  });
}

test('a cache that could never compile may be closed', async () => {
  const { TTLCache } = await loadFresh();
  const cache = new TTLCache();
  await whileRefused(['Module', 'compile'], async () => {
    await assert.rejects(cache.get('a'), { code: 'ERR_CACHE_WASM' });
    await cache.close();
    await assert.rejects(cache.get('a'), { code: 'ERR_CACHE_CLOSED' });
  });
});

for (const [name, call] of Object.entries(FIRST_CALLS)) {
  test(`where only an asynchronous compile is allowed, the first call works: ${name}`, async () => {
    const { TTLCache } = await loadFresh();
    await whileRefused(['Module'], async () => {
      const cache = new TTLCache();
      if (name === 'sync') {
        assert.throws(() => cache.sync, { code: 'ERR_CACHE_WASM', message: /await init\(\)/ });
        return;
      }
      await call(cache);
      cache.sync.set('b', 2);
      assert.equal(await cache.get('b'), 2);
    });
  });
}

test('there, sync works once init() was awaited', async () => {
  const { TTLCache, init } = await loadFresh();
  await whileRefused(['Module'], async () => {
    const cache = new TTLCache();
    assert.throws(() => cache.sync, { code: 'ERR_CACHE_WASM' });
    await init();
    cache.sync.set('a', 1);
    assert.equal(cache.sync.get('a'), 1);
  });
});

test('there, the first calls keep their order and compile once', async () => {
  const { TTLCache } = await loadFresh();
  let compiles = 0;
  await whileRefused(['Module'], async () => {
    WebAssembly.compile = (bytes) => {
      compiles++;
      return compile(bytes);
    };
    const [cache, other] = [new TTLCache(), new TTLCache()];
    const answers = await Promise.all([
      cache.set('a', 1),
      cache.get('a'),
      cache.set('a', 2, { ifAbsent: true }),
      cache.delete('a'),
      cache.get('a'),
      other.set('b', 1),
      other.getMany(['b']),
      cache.setMany({ c: 3 }),
      cache.items(),
    ]);
    assert.deepEqual(answers.slice(0, 6), [true, 1, false, true, undefined, true]);
    assert.equal(answers[6].get('b'), 1);
    assert.deepEqual(answers[8], [['c', 3]]);
  });
  assert.equal(compiles, 1);
});

test('there, a cache that closes before it could compile says so', async () => {
  const { TTLCache } = await loadFresh();
  await whileRefused(['Module'], async () => {
    const cache = new TTLCache();
    const set = cache.set('a', 1);
    await cache.close();
    await assert.rejects(set, { code: 'ERR_CACHE_CLOSED' });
  });
});

test('the module is compiled on first use and not before, once for all caches', async () => {
  let compiles = 0;
  WebAssembly.Module = new Proxy(Module, {
    construct(target, args) {
      compiles++;
      return new target(...args);
    },
  });
  try {
    const { TTLCache } = await loadFresh();
    const caches = [new TTLCache(), new TTLCache({ maxSize: 5 })];
    assert.equal(compiles, 0);
    for (const cache of caches) {
      cache.sync.set('a', 1);
      await cache.get('a');
    }
    assert.equal(compiles, 1);
  } finally {
    WebAssembly.Module = Module;
  }
});

test('an init that fails leaves the module inside of use', async () => {
  const { TTLCache, init } = await loadFresh();
  await assert.rejects(init(new Uint8Array([1, 2, 3])), { code: 'ERR_CACHE_WASM' });
  const cache = new TTLCache();
  await cache.set('a', 1);
  assert.equal(cache.sync.get('a'), 1);
  await init();
});
