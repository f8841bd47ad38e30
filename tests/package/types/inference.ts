/**
 * What users' code must infer, and what must not compile. Never run: tests/package/types.mjs copies
 * it into a project as a module, as CommonJS and as a bundler's input, and type-checks it there.
 */
import {
  cached,
  CacheConflictError,
  CacheError,
  CacheKeyError,
  duration,
  EvictionPolicy,
  init,
  TTLCache,
  TTLFIFOCache,
  TTLLFUCache,
  TTLLRUCache,
  withCache,
} from 'tidecache';
import type {
  CacheOptions,
  CacheStats,
  Clock,
  Duration,
  Entry,
  Key,
  Loader,
  LoadOptions,
  Operations,
  RemovalReason,
  SetOptions,
  SizedOptions,
  Status,
  SyncCache,
  Transaction,
  Version,
  Wrapped,
} from 'tidecache';
import { instrument, metricsText, publish } from 'tidecache/metrics';
import { TTLCache as SlimCache, init as slimInit } from 'tidecache/slim';

interface User {
  readonly name: string;
}

/** True if the two types are the same, not only assignable. */
type Same<A, B> =
  (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;

/** Compiles only if the value's type is `Expected`. */
declare function is<Expected>(): <Actual>(
  value: Actual,
  ...verdict: Same<Expected, Actual> extends true ? [] : [expected: Expected]
) => void;

declare const db: { user(id: number): Promise<User>; name(id: number): string };

export function readsAreTyped(users: TTLCache<User>): void {
  is<Promise<User | undefined>>()(users.get('ada'));
  is<Promise<User | null>>()(users.get('ada', null));
  is<Promise<User | 'nobody'>>()(users.get('ada', 'nobody' as const));
  is<Promise<User>>()(users.getOrThrow('ada'));
  is<Promise<Entry<User> | undefined>>()(users.getEntry('ada'));
  is<Promise<User | undefined>>()(users.take('ada'));
  is<Promise<Map<Key, User | undefined>>>()(users.getMany(['ada', 'grace']));
  is<Promise<Map<Key, User | null>>>()(users.getMany(new Set(['ada']), null));
  is<Promise<[Key, User][]>>()(users.items());
  is<User | undefined>()(users.sync.get('ada'));
  is<SyncCache<User>>()(users.sync);
  is<CacheStats>()(users.getStats());
  is<number>()(duration('1.5h'));
  // @ts-expect-error `is` itself can fail
  is<number | undefined>()(duration('1.5h'));
  // @ts-expect-error keys are strings
  void users.get(1);
  // @ts-expect-error a miss is not forgotten
  void users.get('ada').then((user) => user.name);
}

export function unknownIsTheDefaultType(): void {
  const cache = new TTLCache();
  is<TTLCache>()(cache);
  is<Promise<unknown>>()(cache.get('a'));
  void cache.set('a', Symbol('anything'));
}

export function writesAreChecked(users: TTLCache<User>): void {
  is<Promise<boolean>>()(users.set('ada', { name: 'Ada' }));
  void users.set('ada', { name: 'Ada' }, '5m');
  void users.set('ada', { name: 'Ada' }, 90_000);
  void users.set('ada', { name: 'Ada' }, { ttl: '1.5h', sliding: true, ifAbsent: true });
  void users.setMany({ ada: { name: 'Ada' } }, '1m');
  void users.setMany(new Map([['ada', { name: 'Ada' }]]));
  is<Promise<number>>()(users.deleteMany(['ada']));
  // @ts-expect-error not a user
  void users.set('ada', { title: 'Countess' });
  // @ts-expect-error a cache stores no undefined
  void users.set('ada', undefined);
  // @ts-expect-error no such option
  void users.set('ada', { name: 'Ada' }, { tll: '5m' });
  // @ts-expect-error statistics are a snapshot
  users.getStats().hits = 0;
}

export function durationsAreNumbersWithAUnit(): void {
  const good: Duration[] = [500, Infinity, '500ms', '30s', '5m', '2h', '7d', '1.5h'];
  // @ts-expect-error the units are ms, s, m, h and d
  const long: Duration = '5 minutes';
  // @ts-expect-error a number in a string has a unit
  const bare: Duration = '500';
  // @ts-expect-error what comes from outside goes through duration()
  const outside: Duration = String(good);
  const inside: Duration = duration(String(good));
  void [long, bare, outside, inside];
}

export function policiesAreConstantsAndNames(): void {
  const policy: EvictionPolicy = EvictionPolicy.LFU;
  is<'lfu'>()(EvictionPolicy.LFU);
  is<'sieve'>()(EvictionPolicy.SIEVE);
  is<'s3-fifo'>()(EvictionPolicy.S3FIFO);
  is<'w-tinylfu'>()(EvictionPolicy.WTinyLFU);
  is<'adaptive'>()(EvictionPolicy.Adaptive);
  is<'lru' | 'lfu' | 'fifo' | 'sieve' | 's3-fifo' | 'w-tinylfu' | 'adaptive'>()(
    null as unknown as EvictionPolicy,
  );
  new TTLCache({ evictionPolicy: policy });
  new TTLCache({ evictionPolicy: 'fifo' });
  new TTLCache({ evictionPolicy: 'adaptive', maxSize: 10 });
  // @ts-expect-error no such policy
  new TTLCache({ evictionPolicy: 'mru' });
  // @ts-expect-error constants are constant
  EvictionPolicy.LRU = 'lru';
}

export function optionsAreChecked(): void {
  const clock: Clock = Date;
  const options: CacheOptions<User> = {
    defaultTtl: '5m',
    maxSize: 10,
    maxWeight: 100,
    weigh: (user, key) => user.name.length + key.length,
    cleanupInterval: false,
    onEvicted(key, user, reason) {
      is<Key>()(key);
      is<User>()(user);
      is<RemovalReason>()(reason);
    },
    notifyOn: ['evicted', 'cleared'],
    clone: (user) => ({ ...user }),
    clock,
    waitUntil: (work) => void work,
  };
  new TTLCache<User>(options);
  new TTLCache<User>({ onEvicted: async () => undefined });
  // @ts-expect-error no such option
  new TTLCache<User>({ maxItems: 10 });
  // @ts-expect-error no such reason
  new TTLCache<User>({ notifyOn: ['bored'] });
}

export function sizedCachesNeedALimit(): void {
  const sized: SizedOptions<User> = { maxSize: 10 };
  new TTLLRUCache<User>(sized);
  new TTLLFUCache<User>({ maxWeight: 10, weigh: () => 1 });
  is<TTLFIFOCache<User>>()(new TTLFIFOCache<User>({ maxSize: 10, defaultTtl: '5m' }));
  // @ts-expect-error no options
  new TTLLRUCache<User>();
  // @ts-expect-error no limit
  new TTLLFUCache<User>({ defaultTtl: '5m' });
  // @ts-expect-error the policy is in the name
  new TTLFIFOCache<User>({ maxSize: 10, evictionPolicy: 'lru' });
}

export class Names extends TTLCache<string> {
  protected override preSet(key: Key, value: string): string {
    return `${key}: ${value.trim()}`;
  }

  protected override postGet(_key: Key, value: string | undefined): string | undefined {
    return value?.toUpperCase();
  }
}

export class Checked extends TTLLRUCache<User> {
  protected override async preSet(_key: Key, value: User): Promise<User | void> {
    return value.name === '' ? { name: 'nobody' } : undefined;
  }

  protected override async postGet(_key: Key, value: User | undefined): Promise<User | undefined> {
    return value;
  }
}

export class Watching<V> extends TTLCache<V> {
  protected override preSet(key: Key): void {
    void key;
  }
}

export class Wrong extends TTLCache<User> {
  // @ts-expect-error a hook gives back what the cache holds
  protected override preSet(): number {
    return 1;
  }
}

export function hooksAreNotForCallers(users: TTLCache<User>): void {
  // @ts-expect-error protected
  void users.preSet('ada', { name: 'Ada' });
}

export async function wrappingKeepsTheSignature(cache: TTLCache, users: TTLCache<User>) {
  const find = withCache(users, (id: number, _fresh?: boolean) => db.user(id), { ttl: '1m' });
  is<Promise<User>>()(find(7));
  is<Promise<boolean>>()(find.invalidate(7, true));
  const name: Wrapped<[id: number], string> = withCache(cache, (id: number) => db.name(id));
  is<Promise<string>>()(name(7));
  withCache(cache, (id: number) => db.name(id), { key: (id) => id.toFixed() });
  withCache(users, (id: number) => db.user(id), {
    staleWhileRevalidate: '1h',
    shouldCache: ({ name }) => name !== '',
  });
  // @ts-expect-error an argument of the wrong type
  void find('7');
  // @ts-expect-error the cache holds users
  withCache(users, (id: number) => db.name(id));
  // @ts-expect-error a wrap has no such option
  withCache(cache, (id: number) => db.name(id), { maxSize: 1 });
}

const shared = new TTLCache<User>();

export class Service {
  @cached(shared, { ttl: '1m' })
  async find(id: number): Promise<User> {
    return db.user(id);
  }

  // @ts-expect-error the cache holds users
  @cached(shared)
  async count(): Promise<number> {
    return 1;
  }
}
is<Promise<User>>()(new Service().find(7));

export async function transactionsPassTheirResultOn(counts: TTLCache<number>): Promise<void> {
  const sum = counts.transaction(
    async (tx) => {
      is<Transaction<number>>()(tx);
      is<number | undefined>()(await tx.get('a'));
      await tx.set('a', (await tx.get('a', 0)) + 1);
      return 'done' as const;
    },
    { retries: 3, timeout: '1s' },
  );
  is<Promise<'done'>>()(sum);
  is<Promise<number>>()(counts.transaction(() => 1));
  is<Transaction<number>>()(counts.transaction());
  const either: Operations<number> = Math.random() < 0.5 ? counts : counts.transaction();
  is<Promise<number | undefined>>()(either.get('a'));
}

export async function everythingThatEndsCanBeUsing(counts: TTLCache<number>): Promise<void> {
  await using cache = new TTLCache<number>({ maxSize: 10 });
  await using tx = counts.transaction();
  await tx.set('a', (await cache.get('a')) ?? 0);
  for await (const [key, count] of cache) {
    is<string>()(key);
    is<number>()(count);
  }
  for (const [key, count] of cache.sync.entries()) void [key, count];
}

export async function versionsAreOpaque(users: TTLCache<User>): Promise<void> {
  const entry = await users.getEntry('ada', { touch: true });
  const ifVersion: Version | undefined = entry?.version;
  const options: SetOptions = { ttl: '1m', ...(ifVersion === undefined ? {} : { ifVersion }) };
  await users.set('ada', { name: 'Ada' }, options);
  // @ts-expect-error nobody makes a version
  const made: Version = 7;
  void made;
}

export function loadsAreTyped(users: TTLCache<User>, counts: TTLCache<number>): void {
  const loader: Loader<User> = ({ key, signal }) => (signal.throwIfAborted(), db.user(+key));
  is<Promise<User>>()(users.getOrSet('ada', loader));
  is<Promise<{ value: User; status: Status }>>()(users.getOrSetEntry('ada', loader));
  const options: LoadOptions<User> = {
    ttl: '1m',
    tags: ['users'],
    staleWhileRevalidate: '1h',
    staleIfError: 0,
    refreshAhead: 0.8,
    timeout: '2s',
    softTimeout: 100,
    cacheErrors: (error) => (error instanceof TypeError ? '1s' : false),
    shouldCache: ({ name }) => name !== '',
    fresh: true,
    signal: AbortSignal.timeout(100),
  };
  void users.getOrSet(
    'ada',
    ({ stale, background, setOptions, skip }) => {
      is<Entry<User> | undefined>()(stale);
      is<boolean>()(background);
      setOptions({ ttl: '1m' });
      skip();
      return { name: 'Ada' };
    },
    options,
  );
  is<Promise<User>>()(users.update('ada', (old) => old ?? { name: 'Ada' }));
  is<Promise<number>>()(counts.increment('n', 2, { ttl: '1m' }));
  is<Promise<number>>()(users.invalidateTags('a', 'b'));
  is<Promise<boolean>>()(users.expire('ada'));
  is<TTLCache<User>>()(users.namespace('admins', { tags: ['admins'] }));
  is<readonly string[] | undefined>()(undefined as Entry<User>['tags'] | undefined);
  users.on('remove', ({ value, reason }) => {
    is<User>()(value);
    is<RemovalReason>()(reason);
  });
  users.on('hit', ({ state }) => is<'fresh' | 'stale'>()(state));
  is<string>()(metricsText(users, counts));
  is<() => void>()(instrument(users, { metrics: { getMeter: () => ({}) } }));
  is<() => void>()(publish(users));
  // @ts-expect-error the cache holds users
  void users.getOrSet('ada', () => 7);
  // @ts-expect-error no such option
  void users.getOrSet('ada', loader, { retries: 3 });
  // @ts-expect-error only numbers are incremented
  void users.increment('n');
  // @ts-expect-error a version is no number
  void users.compareAndSet('ada', 7, { name: 'Ada' });
}

export function errorsHaveCodes(users: TTLCache<User>, error: unknown): string | undefined {
  users.on('error', (payload) => is<CacheError>()(payload.error));
  // @ts-expect-error no such event
  users.on('bored', () => undefined);
  if (error instanceof CacheKeyError || error instanceof CacheConflictError) return error.key;
  if (error instanceof CacheError) is<`ERR_CACHE_${string}`>()(error.code);
  return undefined;
}

export async function slimTakesTheModuleInManyForms(bytes: Uint8Array<ArrayBuffer>) {
  await init();
  await slimInit(bytes);
  await slimInit('https://example.org/core.wasm');
  await slimInit(new URL('https://example.org/core.wasm'));
  is<Promise<User | undefined>>()(new SlimCache<User>().get('ada'));
}
