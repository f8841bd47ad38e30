/**
 * Three nodes, each a process of its own, and a client: it writes, one node is killed, reads and
 * writes go on, the node returns empty and is repaired. Prints a transcript and ends by itself.
 *
 *     node examples/three-nodes/main.mjs
 *
 * Needs pkg/. `cargo xtask demo` runs this, too.
 */
import { setTimeout as pause } from 'node:timers/promises';

// In a program of yours: from 'tidecache/cluster', and `npm install ws` on Node before 22.
import { CacheQuorumError, DistributedCache } from '../../pkg/cluster.js';
import { NodeProcesses } from './processes.mjs';
import { begin, say, shown } from './transcript.mjs';

/** A node that starts cannot know what it forgot: for half a second it lets no old write in. */
const NEW_MS = 600;

const nodes = new NodeProcesses();

/** Returns a client; `wrong` says where it looks for a node in vain. */
function connect(wrong = {}) {
  const addresses = { ...nodes.addresses, ...wrong };
  return new DistributedCache({
    // The id is what keys are placed by: it stays when the address changes.
    nodes: Object.entries(addresses).map(([id, address]) => ({ id, address })),
    token: nodes.token,
    defaultTtl: '10m',
    // The defaults for three nodes: each entry on all of them; two answer a read, two a write.
    replicationFactor: 3,
    readQuorum: 2,
    writeQuorum: 2,
  });
}

/** Returns who holds `key`: each node that runs is asked alone, as a cluster of one. */
async function holders(key) {
  const ask = async (id) => {
    const address = nodes.addresses[id];
    const alone = new DistributedCache({ nodes: [{ id, address }], token: nodes.token });
    const isHeld = await alone.has(key, { timeout: '5s' });
    await alone.close();
    return isHeld ? id : [];
  };
  const held = await Promise.all(nodes.running.map(ask));
  return `held by ${held.flat().join(' ') || 'nobody'}`;
}

/** Resolves when the client has a link to every node, which it tries again and again by itself. */
async function allUp(cache) {
  while (!cache.nodes.every(({ state }) => state === 'up')) await pause(50);
}

/** Reads and prints what came back and who holds it. */
async function read(cache, key, { consistency = 'quorum' } = {}) {
  const value = await cache.get(key, undefined, { consistency });
  say(`get ${key} by ${consistency}`, shown(value), await holders(key));
}

/** Writes and prints what came back and who holds it. */
async function write(cache, key, value) {
  const done = await cache.set(key, value);
  say(`set ${key} to ${shown(value)}`, shown(done), await holders(key));
}

async function main() {
  await Promise.all(['a', 'b', 'c'].map((id) => nodes.start(id)));
  const cache = connect();
  await cache.connect();
  await allUp(cache);
  await pause(NEW_MS);

  begin(
    'A cluster: three nodes, each a process of its own',
    'const cache = new DistributedCache({ nodes, token });   // R = 2, W = 2 of N = 3',
  );
  for (const [id, url] of Object.entries(nodes.addresses)) say(`node ${id} listens`, url);
  await write(cache, 'ada', { visits: 1 });
  await read(cache, 'ada');

  begin('One is killed: two of three still answer', 'kill -9 c');
  await nodes.kill('c');
  await read(cache, 'ada');
  await write(cache, 'ada', { visits: 2 });
  await read(cache, 'ada');
  say('nodes', cache.nodes.map(({ id, state }) => `${id} ${state}`).join(', '));

  begin('It returns, empty, and says so: reads ask the others, writes reach it', 'node node.mjs c');
  await nodes.start('c');
  await allUp(cache);
  await pause(NEW_MS);
  await read(cache, 'ada');
  await write(cache, 'ada', { visits: 3 });

  begin(
    'A client that cannot reach it writes; the next read repairs it',
    'const writer = new DistributedCache({ nodes: [a, b, unreachable] });',
  );
  const writer = connect({ c: 'ws://127.0.0.1:1' });
  await write(writer, 'alan', { visits: 1 });
  await writer.close();
  await read(cache, 'alan', { consistency: 'all' });
  say('getStats', `repairs: ${cache.getStats().repairs}`);

  begin('Two are killed: an error that says why, never a wrong answer', 'kill -9 b c');
  await Promise.all([nodes.kill('b'), nodes.kill('c')]);
  try {
    await cache.get('ada');
    throw new Error('one node of three has answered for all');
  } catch (error) {
    if (!(error instanceof CacheQuorumError)) throw error;
    const causes = error.causes.map(({ node, state }) => `${node} ${state}`).join(', ');
    say('get ada', error.code, `${error.received} of ${error.required} answered: ${causes}`);
  }
  await cache.close();
}

try {
  await main();
} catch (error) {
  console.error(error);
  process.exitCode = 1;
} finally {
  await nodes.killAll();
}
