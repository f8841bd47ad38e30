/** A cache and its twin, which do the same and must look the same after each operation. */
import assert from 'node:assert/strict';

import { told } from '../lib/random.mjs';
import { Model } from './model.mjs';
import { drawOperation } from './script.mjs';

/** Does `steps` random operations; looks at all items after every `every`th. */
export async function runScript(pair, setup, random, steps, every = 1) {
  for (let step = 1; step <= steps; step++) {
    const operation = drawOperation(random, setup);
    try {
      await pair.apply(operation, step % every === 0);
    } catch (error) {
      const script = `${JSON.stringify(operation)} with ${JSON.stringify(setup)}`;
      throw told(error, `at step ${step}, ${script}`);
    }
  }
}

/** A manual clock: what the cache has to take for the present moment, and what it is shown. */
export class ManualTime {
  now = 1_000_000;
  /** How far the clock has stepped back in all. */
  offset = 0;

  clock = { now: () => this.now - this.offset };

  advance(ms) {
    this.now += ms;
  }

  stepBack(ms) {
    this.offset += ms;
  }
}

export class Pair {
  /** How many entries the cache has given up. */
  left = { evicted: 0, expired: 0 };
  #setup;
  #cache;
  #model;
  #time;
  #draws = [];
  /** When sweeping began. */
  #started = -Infinity;
  /** The version of each value that was asked for, and the value of each version. */
  #versions = new Map();
  #valueOf = new Map();
  /** The version seen last for each key. */
  #seen = new Map();

  /** @param time gives the clock of the cache, none if it has the platform's. */
  constructor(TTLCache, setup, time, random, options = {}) {
    this.#setup = setup;
    this.#time = time;
    this.#model = new Model(setup, time, () => {
      assert.notEqual(this.#draws.length, 0, 'jitter was drawn for each set');
      return this.#draws.shift();
    });
    const { policy, maxSize, maxWeight, weighs, storage, ...rest } = setup;
    this.#cache = new TTLCache({
      evictionPolicy: policy,
      defaultTtl: rest.defaultTtl,
      sliding: rest.sliding,
      jitter: rest.jitter,
      notifyOn: rest.notifyOn,
      cleanupInterval: false,
      ...(time.clock === undefined ? {} : { clock: time.clock }),
      ...(maxSize === Infinity && random.happens(0.5) ? {} : { maxSize }),
      ...(maxWeight === Infinity ? {} : { maxWeight }),
      ...(weighs ? { weigh: setup.weigh } : {}),
      ...(storage === undefined ? {} : { storage: storage() }),
      random: () => {
        this.#draws.push(random.next());
        return this.#draws.at(-1);
      },
      onEvicted: (key, value, reason) => {
        this.left[reason]++;
        this.#model.told.push([key, value, reason]);
      },
      ...options,
    });
    // The clock is read once, so that a step back is one.
    assert.equal(this.#cache.sync.size, 0);
    // Some policies draw the seed of their hashes.
    this.#draws.length = 0;
  }

  get cache() {
    return this.#cache;
  }

  get model() {
    return this.#model;
  }

  /** Does one operation with both and compares what they say and how they look. */
  async apply(operation, withItems = true) {
    await this.#do(operation);
    this.compareCounts();
    if (withItems) {
      this.compareItems();
    }
  }

  compareCounts() {
    const { size } = this.#cache;
    const { hits, misses, evictions, expirations, weight, told, alive } = this.#model;
    const items = alive.length;
    const stats = this.#cache.getStats();
    assert.equal(told.length, 0, `${JSON.stringify(told)} was told for no reason`);
    assert.equal(size, items, 'size');
    const hitRate = hits + misses === 0 ? 0 : hits / (hits + misses);
    const expected = { hits, misses, evictions, expirations, items, weight, hitRate };
    for (const [name, count] of Object.entries(expected)) {
      assert.equal(stats[name], count, name);
    }
    assert.equal(this.#draws.length, 0, 'jitter is drawn once for each set or touch');
  }

  compareItems() {
    const items = [...this.#cache.sync.entries()];
    const { alive } = this.#model;
    assert.equal(items.length, alive.length, 'as many items');
    const valueOf = new Map(items);
    for (const { key, value } of alive) {
      assert.equal(valueOf.get(key), value, `the item ${key}`);
    }
  }

  #do(operation) {
    const { kind } = operation;
    const method = this[kind] ?? (operation.sync ? this.#read : this.#readByPromise);
    return method.call(this, operation);
  }

  #read({ kind, key }) {
    const { sync } = this.#cache;
    const answer = sync[kind] === undefined ? undefined : sync[kind](key);
    this.#compareRead(kind, key, answer);
  }

  async #readByPromise({ kind, key }) {
    // What only one of the two APIs has is asked by that one.
    const answer = kind === 'peek' ? this.#cache.sync.peek(key) : await this.#cache[kind](key);
    this.#compareRead(kind, key, answer);
  }

  #compareRead(kind, key, answer) {
    const model = this.#model;
    const expected = {
      get: () => model.get(key),
      has: () => model.find(key) !== undefined,
      peek: () => model.find(key)?.value,
      delete: () => model.delete(key),
      clear: () => model.clear(),
    }[kind]();
    assert.equal(answer, expected, `what ${kind} answers`);
  }

  async take({ key }) {
    assert.equal(await this.#cache.take(key), this.#model.take(key));
  }

  async getOrThrow({ key }) {
    const answer = await this.#cache.getOrThrow(key).catch((error) => error.code);
    assert.equal(answer, this.#model.get(key) ?? 'ERR_CACHE_KEY_NOT_FOUND');
  }

  async set(operation) {
    const { key, value, sync, ttl, sliding, ifAbsent, ifVersion } = operation;
    const version = this.#seen.get(key) ?? {};
    const options = {
      ...(ttl === undefined ? {} : { ttl }),
      ...(sliding === undefined ? {} : { sliding }),
      ...(ifAbsent ? { ifAbsent } : {}),
      ...(ifVersion ? { ifVersion: version } : {}),
    };
    const names = Object.keys(options);
    const third = names.length === 0 || (names.length === 1 && 'ttl' in options) ? ttl : options;
    const answer = sync
      ? this.#cache.sync.set(key, value, third)
      : await this.#cache.set(key, value, third);
    const [prepared] = this.#model.prepare([operation]);
    const isVersion = (entry) => this.#versions.get(entry.value) === version;
    assert.equal(answer, this.#model.put(prepared, isVersion), 'what set answers');
  }

  async setMany({ sets }) {
    const [{ ttl, sliding } = {}] = sets;
    const pairs = sets.map(({ key, value }) => [key, value]);
    await this.#cache.setMany(
      pairs,
      sliding === undefined ? ttl : { sliding, ttl: ttl ?? '0.07s' },
    );
    const own = sliding === undefined ? {} : { ttl: ttl ?? '0.07s' };
    const unconditional = sets.map((set) => ({ ...set, ...own, ifAbsent: false }));
    for (const prepared of this.#model.prepare(unconditional)) {
      this.#model.put(prepared);
    }
  }

  async getMany({ keys }) {
    const found = await this.#cache.getMany(keys, null);
    const expected = new Map(keys.map((key) => [key, this.#model.get(key) ?? null]));
    assert.deepEqual([...found.keys()], [...expected.keys()]);
    for (const [key, value] of expected) {
      assert.equal(found.get(key), value);
    }
  }

  async deleteMany({ keys }) {
    const expected = await this.#cache.deleteMany(keys);
    assert.equal(keys.filter((key) => this.#model.delete(key)).length, expected);
  }

  async touch({ key, ttl }) {
    const touched = await this.#cache.touch(key, ttl);
    assert.equal(touched, this.#model.touch(key, ttl), 'what touch answers');
  }

  async getEntry({ key, touch }) {
    const entry = await this.#cache.getEntry(key, { touch });
    const held = this.#model.find(key);
    if (touch) {
      this.#model.get(key);
    }
    if (held === undefined) {
      assert.equal(entry, undefined);
      return;
    }
    assert.equal(entry.key, key);
    assert.equal(entry.value, held.value);
    assert.equal(entry.createdAt, held.created - this.#time.offset);
    assert.equal(entry.expiresAt, held.deadline - this.#time.offset);
    this.#compareVersion(key, held.value, entry.version);
  }

  /** One version for each value stored, and no version twice. */
  #compareVersion(key, value, version) {
    assert.equal(version, this.#versions.get(value) ?? version, 'a version lasts');
    assert.equal(value, this.#valueOf.get(version) ?? value, 'no version comes twice');
    this.#versions.set(value, version);
    this.#valueOf.set(version, value);
    this.#seen.set(key, version);
  }

  async transaction({ reads, writes }) {
    const { maxSize, maxWeight, weigh } = this.#setup;
    const model = this.#model;
    const found = [];
    const committed = this.#cache.transaction(async (tx) => {
      for (const key of reads) {
        found.push(await tx.get(key));
      }
      for (const { key, value, ttl, sliding } of writes) {
        const options = sliding === undefined ? ttl : { sliding, ttl: ttl ?? '0.07s' };
        await (value === undefined ? tx.delete(key) : tx.set(key, value, options));
      }
    });
    const code = await committed.then(
      () => undefined,
      (error) => error.code,
    );
    // A second read of one key sees what the first one did.
    assert.deepEqual(
      found,
      [...reads].map((key) => model.get(key)),
    );
    const sets = writes.filter(({ value }) => value !== undefined);
    const weight = sets.reduce((sum, { key, value }) => sum + weigh(value, key), 0);
    writes.filter(({ value }) => value === undefined).forEach(({ key }) => model.find(key));
    if (sets.length > maxSize || weight > maxWeight) {
      assert.equal(code, 'ERR_CACHE_INVALID_ARGUMENT');
      return;
    }
    assert.equal(code, undefined);
    // Deletes first: no set evicts for a room that a delete makes.
    const deletes = writes.filter(({ value }) => value === undefined);
    for (const write of [...deletes, ...sets]) {
      const ttl = write.sliding === undefined ? write.ttl : (write.ttl ?? '0.07s');
      if (write.value === undefined) {
        model.delete(write.key);
      } else {
        model.put(model.prepare([{ ...write, ttl }])[0]);
      }
    }
  }

  advance({ ms }) {
    this.#time.advance(ms);
    this.#model.sweepSome();
    const { cleanupInterval = false } = this.#setup;
    if (cleanupInterval !== false && this.#model.sweeping) {
      const until = this.#time.now - cleanupInterval - 1;
      const left = this.#model.held.filter(({ deadline }) => deadline <= until);
      assert.ok(left.length === 0 || this.#started > until, `${left.length} dead were not freed`);
    }
  }

  stepBack({ ms }) {
    this.#time.stepBack?.(ms);
  }

  async stop() {
    await this.#cache.stop();
    this.#model.sweeping = false;
  }

  async start() {
    await this.#cache.start();
    this.#started = this.#time.now;
    this.#model.sweeping = true;
  }

  resetStats() {
    this.#cache.resetStats();
    this.#model.resetStats();
  }
}
