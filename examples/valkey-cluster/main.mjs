/**
 * A cache on a cluster of three Valkey masters: two processes share it, its keys lie on all three,
 * conditions hold, near copies are dropped when the other process writes, and one master is killed.
 *
 *     node examples/valkey-cluster/main.mjs          it ends by itself, with --once or without
 *
 * Needs pkg/ and valkey-server: `cargo xtask demo --engine valkey` brings both and runs this.
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

import { CacheConnectionError } from '../../pkg/cluster.js';
import { begin, say, shown } from '../three-nodes/transcript.mjs';
import { openCache } from './open.mjs';
import { ValkeyCluster } from './servers.mjs';

const OTHER = fileURLToPath(new URL('other.mjs', import.meta.url));
const KEYS = Array.from({ length: 300 }, (_, at) => `key ${at}`);

const cluster = new ValkeyCluster();

/** Starts the other process; returns what asks it. */
async function startOther() {
  const child = fork(OTHER, [cluster.ports.join()]);
  await once(child, 'message');
  const ask = async (...call) => {
    const answer = once(child, 'message');
    child.send(call);
    return (await answer)[0];
  };
  const end = async () => {
    const exit = once(child, 'exit');
    child.send(['close']);
    await exit;
  };
  return { ask, end };
}

/** Reads every key; returns how many were found, missed and failed. */
async function readAll(cache) {
  const counts = { hits: 0, misses: 0, errors: 0 };
  const read = async (key) => {
    try {
      counts[(await cache.get(key)) === undefined ? 'misses' : 'hits']++;
    } catch (error) {
      if (!(error instanceof CacheConnectionError)) throw error;
      counts.errors++;
    }
  };
  await Promise.all(KEYS.map(read));
  return counts;
}

async function share(cache, other) {
  begin(
    'Two processes share what three masters hold',
    'const engine = redisEngine({ client: createCluster({ rootNodes }) });\n' +
      'const cache = new DistributedCache({ engine, near: new TTLCache({ maxSize: 1000 }) });',
  );
  await cache.setMany(KEYS.map((key) => [key, { key }]));
  for (const port of cluster.ports) {
    say(`master ${port}`, `${await cluster.ask(port, 'DBSIZE')} keys`);
  }
  say('set ada', shown(await cache.set('ada', { visits: 1 }, '10m')));
  say('the other gets ada', shown(await other.ask('get', 'ada')));
  const { version } = await cache.getEntry('ada');
  await other.ask('set', 'ada', { visits: 2 });
  const late = await cache.compareAndSet('ada', version, { visits: 'late' });
  say('compareAndSet ada', shown(late), 'the other has written since');
  if (late) throw new Error('a condition that does not hold was met');
}

async function keepNear(cache, other) {
  begin(
    'Near copies, dropped when anybody writes',
    "cache.get('ada', undefined, { consistency: 'one' })",
  );
  const near = () => cache.get('ada', undefined, { consistency: 'one' });
  for (let at = 0; at < 100; at++) await near();
  say('100 reads of ada', `${cache.getStats().nearHits} from memory`);
  await other.ask('set', 'ada', { visits: 3 });
  const start = performance.now();
  while ((await near()).visits !== 3) await pause(1);
  say('the other writes', `seen ${(performance.now() - start).toFixed(1)} ms after`);
}

async function loseOne(cache) {
  const [port] = cluster.ports;
  begin(
    'One master is killed: its keys are errors, not misses; the rest goes on',
    `kill -9 ${port}`,
  );
  await cluster.kill(port);
  const lost = await readAll(cache);
  say('300 reads', JSON.stringify(lost));
  if (lost.hits === 0 || lost.errors === 0) throw new Error('one of three was to fail');
  await cluster.spawn(port);
  let counts;
  do counts = await readAll(cache);
  while (counts.errors > 0);
  say('it returns, empty', JSON.stringify(counts), 'with a replica, it would have taken over');
}

async function main() {
  await cluster.start(3);
  const { cache, client } = await openCache(cluster.ports);
  try {
    await cache.connect();
    const other = await startOther();
    await share(cache, other);
    await keepNear(cache, other);
    await other.end();
    await loseOne(cache);
  } finally {
    await cache.close();
    client.destroy();
  }
}

try {
  await main();
} catch (error) {
  console.error(error);
  process.exitCode = 1;
} finally {
  await cluster.stop();
}
