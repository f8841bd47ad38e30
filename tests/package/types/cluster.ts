/**
 * What users' code of the distributed cache must infer, and what must not compile. Never run:
 * tests/package/types.mjs copies it beside inference.ts and type-checks both.
 */
import { CacheKeyError as LocalKeyError, TTLCache } from 'tidecache';
import {
  CacheConnectionError,
  CacheError,
  CacheKeyError,
  CacheLoadError,
  CacheNode,
  CacheQuorumError,
  CacheSerializationError,
  DistributedCache,
} from 'tidecache/cluster';
import { natsEngine, type NatsConnection } from 'tidecache/nats';
import { redisEngine, type RedisOptions } from 'tidecache/redis';
import type {
  CacheNodeOptions,
  Codec,
  DistributedOptions,
  DistributedStats,
  Engine,
  EngineOptions,
  Entry,
  Key,
  Loader,
  LoadOptions,
  NodeAddress,
  NodeHealth,
  NodeOptions,
  Operations,
  Transport,
  Version,
  WriteOptions,
} from 'tidecache/cluster';

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

declare const db: { user(id: string): Promise<User> };
declare const port: { postMessage(message: unknown, transfer?: readonly unknown[]): void };

export function readsAreTyped(users: DistributedCache<User>): void {
  is<Promise<User | undefined>>()(users.get('ada'));
  is<Promise<User | null>>()(users.get('ada', null));
  is<Promise<User | 'nobody'>>()(users.get('ada', 'nobody' as const, { consistency: 'one' }));
  is<Promise<Entry<User> | undefined>>()(users.getEntry('ada', { timeout: '500ms' }));
  is<Promise<Map<Key, User | undefined>>>()(users.getMany(['ada', 'grace']));
  is<Promise<boolean>>()(users.has('ada', { signal: AbortSignal.timeout(100) }));
  is<readonly NodeHealth[]>()(users.nodes);
  is<DistributedStats>()(users.getStats());
  // @ts-expect-error no such consistency
  void users.get('ada', null, { consistency: 'most' });
  // @ts-expect-error statistics are a snapshot
  users.getStats().hits = 0;
}

export function writesAreTyped(users: DistributedCache<User>): void {
  is<Promise<boolean>>()(users.set('ada', { name: 'Ada' }, '5m'));
  const options: WriteOptions = { ttl: '5m', timeout: '500ms' };
  is<Promise<boolean>>()(users.set('ada', { name: 'Ada' }, options));
  is<Promise<void>>()(users.setMany({ ada: { name: 'Ada' } }, 5_000));
  is<Promise<void>>()(users.setMany(new Map([['ada', { name: 'Ada' }]])));
  is<Promise<boolean>>()(users.delete('ada'));
  is<Promise<number>>()(users.deleteMany(new Set(['ada'])));
  is<Promise<boolean>>()(users.touch('ada', '5m'));
  is<Promise<void>>()(users.clear());
  // @ts-expect-error a cache stores no undefined
  void users.set('ada', undefined);
  // Engines compare; plain nodes say when they are called that they do not.
  is<Promise<boolean>>()(users.set('ada', { name: 'Ada' }, { ifAbsent: true }));
  // @ts-expect-error neither knows tags
  void users.set('ada', { name: 'Ada' }, { tags: ['a'] });
}

export async function enginesAreTyped(connection: NatsConnection): Promise<void> {
  const engine: Engine = natsEngine({ servers: 'wss://nats.test', bucket: 'users', replicas: 3 });
  is<boolean | number | undefined>()(engine.capabilities['watch']);
  const options: EngineOptions<User> = { engine, near: new TTLCache<User>(), timeout: '5s' };
  await using users = new DistributedCache<User>(options);
  const held = await users.getEntry('ada');
  if (held) is<Promise<boolean>>()(users.compareAndSet('ada', held.version, { name: 'Ada' }));
  natsEngine({ connection, bucket: 'users' });
  // @ts-expect-error either addresses or a connection
  natsEngine({ bucket: 'users' });
  // @ts-expect-error what is no engine
  void new DistributedCache<User>({ engine: 'nats' });
}

export function redisIsTyped(client: object): void {
  const options: RedisOptions = { client, prefix: 'users:' };
  is<Engine>()(redisEngine(options));
  redisEngine({ client });
  // @ts-expect-error an address is no client
  redisEngine({ client: 'redis://cache.test' });
  // @ts-expect-error nor is it taken for one
  redisEngine({ url: 'redis://cache.test' });
}

export function loadsAreTyped(users: DistributedCache<User>): void {
  const loader: Loader<User> = ({ key, signal }) => (signal.throwIfAborted(), db.user(key));
  is<Promise<User>>()(users.getOrSet('ada', loader));
  const options: LoadOptions<User> = {
    ttl: '1m',
    timeout: '2s',
    shouldCache: ({ name }) => !!name,
  };
  is<Promise<User>>()(users.getOrSet('ada', loader, options));
  void users.getOrSet('ada', ({ setOptions, skip }) => {
    setOptions({ ttl: '1m' });
    skip();
    return { name: 'Ada' };
  });
  // @ts-expect-error the cache holds users
  void users.getOrSet('ada', () => 7);
  // @ts-expect-error nodes keep nothing beyond its end
  void users.getOrSet('ada', loader, { staleIfError: '1m' });
}

export function nodesAreAddresses(transport: Transport): void {
  const addresses: NodeAddress[] = [
    ['localhost', 5000],
    'wss://a.example',
    new URL('https://b.example'),
    port,
    new MessageChannel().port1,
    transport,
  ];
  const first: NodeOptions = { address: port, id: 'a', weight: 2, zone: 'east' };
  const codec: Codec<User> = {
    encode: (user) => new TextEncoder().encode(user.name),
    decode: (bytes) => ({ name: new TextDecoder().decode(bytes) }),
  };
  const options: DistributedOptions<User> = {
    nodes: [...addresses, first],
    epoch: 2,
    defaultTtl: '10m',
    replicationFactor: 3,
    readQuorum: 2,
    writeQuorum: 2,
    readRepair: false,
    hedge: false,
    token: async () => 'secret',
    near: new TTLCache<User>({ maxSize: 100 }),
    WebSocket: class {},
    codec,
  };
  new DistributedCache<User>(options);
  new DistributedCache({ nodes: [['localhost', 5000]] });
  // @ts-expect-error no such option
  new DistributedCache({ nodes: [['localhost', 5000]], quorum: 2 });
  // @ts-expect-error no nodes
  new DistributedCache({});
  // @ts-expect-error a port is a number
  new DistributedCache({ nodes: [['localhost', '5000']] });
}

export async function everythingThatEndsCanBeUsing(): Promise<void> {
  const options: CacheNodeOptions = { id: 'a', tokens: ['secret'], evictionPolicy: 'lfu' };
  await using node = new CacheNode(options);
  const { url } = await node.listen({ port: 0 });
  node.attach(port);
  await using cache = new DistributedCache<number>({ nodes: [url], token: 'secret' });
  await cache.connect();
  const either: Operations<number> = Math.random() < 0.5 ? cache : new TTLCache<number>();
  is<Promise<number | undefined>>()(either.get('a'));
  // @ts-expect-error no such policy
  new CacheNode({ evictionPolicy: 'mru' });
}

export async function versionsAreOpaque(users: DistributedCache<User>): Promise<void> {
  const version: Version | undefined = (await users.getEntry('ada'))?.version;
  // @ts-expect-error nobody makes a version
  const made: Version = 'a';
  void [version, made];
}

export function errorsHaveCodesAndCauses(error: unknown): string | undefined {
  if (error instanceof CacheQuorumError) {
    is<'read' | 'write'>()(error.operation);
    is<boolean>()(error.indeterminate);
    return error.causes.map(({ node, state, ms }) => `${node} ${state} ${ms.toFixed()}`).join();
  }
  if (error instanceof CacheConnectionError) return error.node;
  if (error instanceof CacheSerializationError || error instanceof CacheLoadError) return error.key;
  if (error instanceof CacheKeyError || error instanceof LocalKeyError) return error.key;
  if (error instanceof CacheError) is<`ERR_CACHE_${string}`>()(error.code);
  return undefined;
}
