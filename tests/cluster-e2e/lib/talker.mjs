/**
 * One client that uses a cluster at random, one operation after the other, and writes down what it
 * asked and was told; tests/history/record.rs says how.
 */
import process from 'node:process';
import { setTimeout as pause } from 'node:timers/promises';

const TTLS_MS = [300, 2_000, 60_000];
/** Up to 4 KiB travel with every reply, more only once. */
const PADDINGS = [0, 10, 0, 100, 5_000, 0, 1_000, 20, 30, 0, 40_000];

/** Returns the value of a name: from any part of it the rest follows. */
export function valueOf(name) {
  const number = Number(name.slice(name.lastIndexOf('-') + 1));
  return `${name}${'.'.repeat(PADDINGS[number % PADDINGS.length])}`;
}

/** Returns the name of a value; throws if it is none that was written. */
export function nameOf(value) {
  const [name] = value.split('.', 1);
  if (value !== valueOf(name)) {
    throw new Error(`a value of ${value.length} characters is broken: ${value.slice(0, 40)}`);
  }
  return name;
}

/** Returns what a failure of a quorum is written as; throws what is none. */
function failure(error) {
  if (error.code !== 'ERR_CACHE_QUORUM') {
    throw error;
  }
  const { operation, required, received, causes } = error;
  const list = causes.map(({ node, state, ms }) => `${node}:${state}:${ms}`);
  return ['failed', operation, required, received, ...list].join(' ');
}

export class Talker {
  lines = [];
  /** What must not happen at all. */
  faults = [];
  #plan;
  #count = 0;
  #isStopped = false;

  constructor(cache, plan) {
    this.cache = cache;
    this.#plan = plan;
  }

  async run() {
    const { random, pauseMs } = this.#plan;
    while (!this.#isStopped) {
      try {
        await this.#step();
      } catch (error) {
        this.faults.push(`${error.stack}`);
      }
      await pause(random.below(2 * pauseMs + 1));
    }
  }

  stop() {
    this.#isStopped = true;
  }

  #step() {
    const { random, keys, prefix, clears = 0 } = this.#plan;
    const key = `${prefix}${random.below(keys)}`;
    const dice = random.next();
    if (dice < 0.5) return this.#get(key, random.happens(0.1) ? 'all' : 'quorum');
    if (dice < 0.54) return this.#get(key, 'one');
    if (dice < 0.78) return this.#put(key, random.pick(TTLS_MS));
    if (dice < 0.88) return this.#tell(`delete ${key}`, () => this.cache.delete(key), 'stored');
    if (dice < 0.93) return this.#touch(key, random.pick(TTLS_MS));
    if (dice < 0.93 + clears) return this.#tell('clear', () => this.cache.clear(), 'stored');
    return this.#load(key, random.pick(TTLS_MS));
  }

  #get(key, consistency) {
    // A read of all is an error while a node is down, as it should be.
    const of = this.#plan.alls === true || consistency === 'one' ? consistency : 'quorum';
    return this.#tell(
      `get ${key} ${of}`,
      () => this.cache.getEntry(key, { consistency: of }),
      (entry) => {
        if (entry === undefined) return 'miss';
        return `hit ${nameOf(entry.value)} ${entry.version} ${entry.expiresAt}`;
      },
    );
  }

  #put(key, ttl) {
    const name = this.#name();
    const put = () => this.cache.set(key, valueOf(name), ttl);
    return this.#tell(`put ${key} ${name} ${ttl}`, put, 'stored');
  }

  #touch(key, ttl) {
    const touch = () => this.cache.touch(key, ttl);
    return this.#tell(`touch ${key} ${ttl}`, touch, (is) => (is ? 'touched' : 'untouched'));
  }

  /** A load is two requests: who gets the lease fills. What others loaded tells no version. */
  async #load(key, ttl) {
    const name = this.#name();
    const begun = this.#now();
    let leased;
    const { unstored } = this.cache.getStats();
    const loader = () => {
      leased = this.#now();
      return valueOf(name);
    };
    const lease = this.#count;
    try {
      nameOf(await this.cache.getOrSet(key, loader, { ttl }));
    } catch (error) {
      this.#note(begun, `load ${key} ${lease} ${failure(error)}`);
      return;
    }
    if (leased === undefined) return;
    const answer = this.cache.getStats().unstored === unstored ? 'stored' : 'unstored';
    const { number } = this.#plan;
    this.lines.push(`${number} ${begun} ${leased} load ${key} ${lease} leased\n`);
    // Its value is as old as the load, so it is no sooner begun than leased.
    this.#note(leased + 1n, `fill ${key} ${lease} ${name} ${ttl} ${answer}`);
  }

  async #tell(asked, ask, answer) {
    const begun = this.#now();
    let told;
    try {
      const got = await ask();
      // The end comes first: what is said of it takes time of its own.
      const ended = this.#now();
      told = typeof answer === 'string' ? answer : answer(got);
      this.lines.push(`${this.#plan.number} ${begun} ${ended} ${asked} ${told}\n`);
    } catch (error) {
      this.#note(begun, `${asked} ${failure(error)}`);
    }
  }

  #note(begun, line) {
    this.lines.push(`${this.#plan.number} ${begun} ${this.#now()} ${line}\n`);
  }

  #name() {
    return `v${this.#plan.number}-${++this.#count}`;
  }

  /** Nanoseconds by a clock that all processes share, since the simulator's epoch. */
  #now() {
    return process.hrtime.bigint() + BigInt(this.#plan.clockOffset);
  }
}
