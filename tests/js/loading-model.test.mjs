/**
 * Loads against a naive twin: random calls, settlements, aborts, timeouts, invalidations and
 * evictions, in every order; and, by fast-check's scheduler, in every order of Promises.
 */
import assert from 'node:assert/strict';
import test from 'node:test';

import fc from 'fast-check';
import sinon from 'sinon';

import { load } from './lib/package.mjs';
import { deferred, turn } from './lib/tools.mjs';
import { LoadModel } from './model/load-model.mjs';

const { TTLCache } = await load();
const TTL = 20;
const RUNS = Number(process.env.LOAD_RUNS ?? 400);

const key = fc.constantFrom('a', 'a', 'b', 'c');
const tag = fc.constantFrom('x', 'y');
const few = (arbitrary) => fc.option(arbitrary, { nil: undefined, freq: 2 });
const life = {
  ttl: few(fc.integer({ min: 1, max: 30 })),
  swr: few(fc.integer({ min: 0, max: 30 })),
  sie: few(fc.integer({ min: 0, max: 30 })),
  tags: few(fc.array(tag, { maxLength: 2 })),
};
const loading = {
  ...life,
  refreshAhead: few(fc.constantFrom(0, 0.5, 0.9)),
  timeout: few(fc.integer({ min: 1, max: 30 })),
  softTimeout: few(fc.integer({ min: 1, max: 30 })),
  cacheErrors: few(fc.integer({ min: 1, max: 30 })),
  fresh: few(fc.boolean()),
  signal: fc.boolean(),
};
const command = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({ kind: fc.constant('getOrSet'), key, options: fc.record(loading) }),
  },
  {
    weight: 6,
    arbitrary: fc.record({ kind: fc.constant('settle'), at: fc.nat(9), fails: fc.boolean() }),
  },
  {
    weight: 5,
    arbitrary: fc.record({ kind: fc.constant('advance'), ms: fc.integer({ min: 1, max: 15 }) }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('set'), key, options: fc.record(life) }) },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constantFrom('get', 'has', 'delete', 'expire'), key }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('invalidate'), tag }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('abort'), at: fc.nat(9) }) },
  {
    weight: 0.2 * 5,
    arbitrary: fc.record({ kind: fc.constantFrom('clear', 'nothing', 'nothing') }),
  },
);

/** Returns options as the cache has them, without those that are not given. */
function written({ swr, sie, ...rest }, signal) {
  const all = { ...rest, staleWhileRevalidate: swr, staleIfError: sie, signal };
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined));
}

/** One script on both twins. */
class Script {
  timers = sinon.useFakeTimers({ toFake: ['Date', 'setTimeout', 'clearTimeout'] });
  model = new LoadModel({ ttl: TTL, maxSize: 2 });
  runs = [];
  calls = [];
  outcomes = new Map();
  serial = 0;
  cache = new TTLCache({
    defaultTtl: TTL,
    maxSize: 2,
    evictionPolicy: 'fifo',
    cleanupInterval: false,
  });

  getOrSet({ key, options: { signal: hasSignal, ...options } }) {
    const controller = hasSignal ? new AbortController() : undefined;
    const id = this.calls.push({ controller }) - 1;
    const loader = ({ signal }) => {
      const run = { ...deferred(), signal, isOpen: true };
      this.runs.push(run);
      return run.promise;
    };
    this.model.getOrSet(id, key, options);
    this.cache.getOrSetEntry(key, loader, written(options, controller?.signal)).then(
      (value) => this.outcomes.set(id, value),
      (error) => this.outcomes.set(id, { error: error.code ?? error.message }),
    );
  }

  settle({ at, fails }) {
    const open = this.runs.filter((run) => run.isOpen);
    if (open.length === 0) return;
    const run = open[at % open.length];
    const twin = this.model.runs[this.runs.indexOf(run)];
    run.isOpen = false;
    const value = ++this.serial;
    this.model.settle(twin, value, fails ? `down ${value}` : undefined);
    if (fails) run.reject(new Error(`down ${value}`));
    else run.resolve(value);
  }

  async advance({ ms }) {
    for (; ms > 0; ms--) {
      this.model.tick();
      this.timers.tick(1);
      await turn();
    }
  }

  async set({ key, options }) {
    const value = ++this.serial;
    this.model.set(key, value, options);
    assert.equal(await this.cache.set(key, value, written(options)), true);
  }

  abort({ at }) {
    const id = this.calls.length === 0 ? undefined : at % this.calls.length;
    const { controller } = this.calls[id] ?? {};
    if (controller === undefined) return;
    this.model.abort(id);
    controller.abort(new Error('aborted'));
  }

  async plain({ kind, key }) {
    assert.equal(await this.cache[kind](key), this.model[kind](key));
  }

  async invalidate({ tag }) {
    assert.equal(await this.cache.invalidateTags(tag), this.model.invalidate(tag));
  }

  nothing() {}

  async run(commands) {
    for (const [step, command] of commands.entries()) {
      await (this[command.kind] ?? this.plain).call(this, command);
      await turn();
      this.compare(`after step ${step}, ${JSON.stringify(command)}`);
    }
  }

  compare(when) {
    const { model, cache } = this;
    assert.deepEqual(sorted(this.outcomes), sorted(model.outcomes), when);
    assert.deepEqual([...cache.sync.keys()].sort(), model.items(), when);
    assert.equal(cache.size, model.items().length, when);
    const stats = cache.getStats();
    for (const [name, count] of Object.entries(model.counts)) {
      assert.equal(stats[name], count, `${name} ${when}`);
    }
    for (const [at, run] of this.runs.entries()) {
      assert.equal(run.signal.aborted, model.runs[at].state === 'given up', `signal ${at} ${when}`);
    }
  }
}

const sorted = (outcomes) => [...outcomes].sort(([a], [b]) => a - b);

test('loads do as their twin in every order of events', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(command, { minLength: 5, maxLength: 40 }), async (commands) => {
      const script = new Script();
      try {
        await script.run(commands);
      } finally {
        script.timers.restore();
      }
    }),
    { numRuns: RUNS, ...(process.env.SEED && { seed: Number(process.env.SEED) }) },
  );
});

test('no order of Promises stores what is older than a delete, or loads a key twice at once', async () => {
  const kinds = fc.constantFrom('load', 'load', 'load', 'delete', 'invalidate', 'clear', 'evict');
  await fc.assert(
    fc.asyncProperty(fc.scheduler(), fc.array(kinds, { maxLength: 12 }), async (order, steps) => {
      const cache = new TTLCache({ maxSize: 1 });
      let time = 0;
      let voided = 0;
      let underWay = 0;
      const loader = async () => {
        const begun = ++time;
        // A load that nothing has happened to is alone.
        assert.ok(underWay <= voided, 'two loads at once');
        underWay = begun;
        await order.schedule(Promise.resolve(), 'load');
        if (underWay === begun) underWay = 0;
        return begun;
      };
      const run = {
        load: async () => assert.ok((await cache.getOrSet('a', loader, { tags: ['t'] })) > 0),
        delete: () => cache.delete('a'),
        invalidate: () => cache.invalidateTags('t'),
        clear: () => cache.clear(),
        evict: () => cache.set('b', 1),
      };
      const work = steps.map((kind, at) =>
        order.schedule(Promise.resolve(at), kind).then(async () => {
          if (['delete', 'invalidate', 'clear'].includes(kind)) voided = ++time;
          await run[kind]();
          const held = cache.sync.peek('a');
          assert.ok(held === undefined || held > voided, `${held} is older than ${voided}`);
        }),
      );
      await order.waitFor(Promise.all(work));
    }),
    { numRuns: RUNS },
  );
});
