/**
 * The naive twin of a cache that loads: maps and lists, and no Promises. Every call says what comes
 * of it at once, or notes who waits; `outcomes` has what each call of `getOrSet` came to.
 */

/** Returns the windows of a call, shortened to what it says. */
const shortened = (window, option) => Math.min(window, option ?? Infinity);

export class LoadModel {
  now = 0;
  /** Number of a call to what it came to. */
  outcomes = new Map();
  counts = { hits: 0, misses: 0, staleHits: 0, loads: 0, loadErrors: 0, coalesced: 0 };
  /** Key to entry, in the order of their coming. */
  entries = new Map();
  /** Every load that has begun, in order: number n is the n-th run of the loader. */
  runs = [];
  /** Key to the run that may be joined. */
  joinable = new Map();
  #ttl;
  #maxSize;
  #step = 0;

  constructor({ ttl, maxSize }) {
    this.#ttl = ttl;
    this.#maxSize = maxSize;
  }

  /** Returns the entry that is fresh or stale, or an error that is kept. */
  #held(key) {
    const entry = this.entries.get(key);
    return entry !== undefined && entry.end > this.now ? entry : undefined;
  }

  #fresh(key) {
    const entry = this.#held(key);
    return entry !== undefined && entry.fresh > this.now ? entry : undefined;
  }

  get(key) {
    const entry = this.#fresh(key);
    this.counts[entry === undefined ? 'misses' : 'hits']++;
    return entry?.value;
  }

  has(key) {
    return this.#fresh(key) !== undefined;
  }

  items() {
    return [...this.entries.keys()].filter((key) => this.has(key)).sort();
  }

  set(key, value, { ttl = this.#ttl, swr = 0, sie = 0, tags = [] }) {
    this.#void(key, 'write');
    const fresh = this.now + ttl;
    const end = fresh + Math.max(swr, sie);
    this.#put(key, { value, created: this.now, fresh, swr, sie, tags, until: 0, end });
  }

  /** First in, first out; a key that is held keeps its place, and the dead leave first. */
  #put(key, entry) {
    for (const [held, { end }] of this.entries) {
      if (!(end > this.now)) this.entries.delete(held);
    }
    if (!this.entries.has(key) && this.entries.size >= this.#maxSize) {
      this.entries.delete(this.entries.keys().next().value);
    }
    this.entries.set(key, entry);
  }

  delete(key) {
    const had = this.has(key);
    this.#void(key, 'delete');
    this.entries.delete(key);
    return had;
  }

  clear() {
    for (const key of new Set(this.runs.map((run) => run.key))) this.#void(key, 'delete');
    this.entries.clear();
  }

  expire(key) {
    const entry = this.#fresh(key);
    this.#void(key, 'delete');
    if (entry === undefined) return false;
    entry.fresh = this.now;
    entry.end = this.now + Math.max(entry.swr, entry.sie);
    if (!(entry.end > this.now)) this.entries.delete(key);
    return true;
  }

  invalidate(tag) {
    this.#step++;
    for (const run of this.runs) run.invalidated.set(tag, this.#step);
    let count = 0;
    for (const [key, { tags, end }] of this.entries) {
      if (tags.includes(tag)) {
        if (end > this.now) {
          count++;
          this.#void(key, 'delete');
        }
        this.entries.delete(key);
      }
    }
    return count;
  }

  #void(key, how) {
    for (const run of this.runs) {
      if (run.key === key && run.state === 'open') {
        run.isVoid = true;
        run.wasDeleted ||= how !== undefined;
      }
    }
  }

  #isCurrent(run) {
    const { options, invalidated, isVoid, state } = run;
    return !isVoid && state === 'open' && !(options.tags ?? []).some((tag) => invalidated.has(tag));
  }

  #busy(key, options) {
    const run = this.joinable.get(key);
    if (run === undefined || !this.#isCurrent(run)) return undefined;
    return (options.tags ?? []).some((tag) => run.invalidated.has(tag)) ? undefined : run;
  }

  #start(key, options, held, background) {
    const before = this.joinable.get(key);
    if (before !== undefined) before.isVoid = true;
    const run = { key, options, background, waiters: [], state: 'open', isVoid: false };
    Object.assign(run, { invalidated: new Map(), wasDeleted: false, held });
    this.runs.push(run);
    this.joinable.set(key, run);
    this.counts.loads++;
    return run;
  }

  getOrSet(id, key, options) {
    const held = this.#held(key);
    const { swr, sie, fresh, refreshAhead, timeout = Infinity } = options;
    const found = fresh ? undefined : held;
    const isFresh = found !== undefined && found.fresh > this.now;
    if (isFresh || (found && this.now < found.fresh + shortened(found.swr, swr))) {
      this.counts.hits++;
      this.counts.staleHits += isFresh ? 0 : 1;
      const age = this.now - found.created;
      const isDue =
        refreshAhead !== undefined && age >= refreshAhead * (found.fresh - found.created);
      if ((!isFresh || isDue) && !this.#busy(key, options) && !(found.until > this.now)) {
        const run = this.#start(key, options, held, true);
        run.waiters.push({ background: true, deadline: this.now + timeout, soft: Infinity });
      }
      this.outcomes.set(id, { value: found.value, status: isFresh ? 'hit' : 'stale' });
      return;
    }
    this.counts.misses++;
    let run = this.#busy(key, options);
    if (fresh || run === undefined) {
      if (found !== undefined && found.until > this.now) {
        this.#rescue(id, found, sie, found.error);
        return;
      }
      run = this.#start(key, options, held, false);
    } else {
      this.counts.coalesced++;
    }
    const canServe =
      found?.value !== undefined && this.now < found.fresh + shortened(found.sie, sie);
    const soft = canServe ? this.now + (options.softTimeout ?? Infinity) : Infinity;
    run.waiters.push({ id, held: found, options, deadline: this.now + timeout, soft, fresh });
  }

  /** Serves what is stale in place of an error, if it may. */
  #rescue(id, held, sie, error) {
    if (held?.value !== undefined && this.now < held.fresh + shortened(held.sie, sie)) {
      this.counts.staleHits++;
      this.outcomes.set(id, { value: held.value, status: 'stale' });
    } else {
      this.outcomes.set(id, { error });
    }
  }

  #fail(run, waiter, error) {
    if (waiter.background || waiter.isServed) return;
    if (waiter.fresh) {
      this.outcomes.set(waiter.id, { error });
      return;
    }
    const before = run.wasDeleted ? undefined : waiter.held;
    this.#rescue(waiter.id, this.#held(run.key) ?? before, waiter.options.sie, error);
  }

  #keepError(run, error) {
    const { cacheErrors } = run.options;
    if (cacheErrors === undefined || !this.#isCurrent(run)) return;
    const until = this.now + cacheErrors;
    const held = this.#held(run.key);
    if (held === undefined) {
      const none = { value: undefined, created: this.now, fresh: -Infinity, swr: 0, sie: 0 };
      this.#put(run.key, { ...none, tags: [], until, error, end: until });
    } else {
      Object.assign(held, { until, error, end: Math.max(held.end, until) });
    }
  }

  /** The loader of a run has made a value, or an error. */
  settle(run, value, error) {
    if (run.state !== 'open') return;
    const { options, key } = run;
    if (error === undefined) {
      if (this.#isCurrent(run)) this.set(key, value, options);
    } else {
      this.#keepError(run, error);
      this.counts.loadErrors++;
    }
    run.state = 'ended';
    for (const waiter of run.waiters) {
      if (error !== undefined) {
        this.#fail(run, waiter, error);
      } else if (!waiter.background && !waiter.isServed) {
        const held = waiter.fresh
          ? 'bypass'
          : waiter.held?.value === undefined
            ? 'miss'
            : 'refreshed';
        this.outcomes.set(waiter.id, { value, status: held });
      }
    }
    run.waiters = [];
  }

  /** One who waits aborts. */
  abort(id) {
    for (const run of this.runs) {
      const waiter = run.waiters.find((one) => one.id === id && !one.isServed);
      if (run.state === 'open' && waiter !== undefined) {
        this.outcomes.set(id, { error: 'aborted' });
        this.#leave(run, waiter, undefined);
      }
    }
  }

  #leave(run, waiter, timeout) {
    run.waiters = run.waiters.filter((one) => one !== waiter);
    if (run.waiters.length === 0) {
      if (timeout !== undefined) this.#keepError(run, timeout);
      run.state = 'given up';
      this.counts.loadErrors++;
    }
  }

  /** Time goes on by a millisecond: deadlines of those who wait pass. */
  tick() {
    this.now++;
    for (const run of this.runs) {
      if (run.state !== 'open') continue;
      for (const waiter of [...run.waiters]) {
        if (waiter.deadline <= this.now) {
          this.#leave(run, waiter, 'ERR_CACHE_LOAD_TIMEOUT');
          this.#fail(run, waiter, 'ERR_CACHE_LOAD_TIMEOUT');
        } else if (waiter.soft <= this.now && !waiter.isServed) {
          waiter.isServed = true;
          this.counts.staleHits++;
          this.outcomes.set(waiter.id, { value: waiter.held.value, status: 'stale' });
        }
      }
    }
  }
}
