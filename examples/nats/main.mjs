/**
 * A cache on a cluster of three NATS servers: two processes share it, one server is killed, nothing
 * that was written is lost. Then a page shares it, too, by a WebSocket of its own.
 *
 *     node examples/nats/main.mjs            prints a transcript, then serves the page
 *     node examples/nats/main.mjs --once     ends after the transcript
 *
 * Needs pkg/ and nats-server: `cargo xtask demo --engine nats` brings both and runs this.
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

import { WebSocket } from 'ws';

// In a program of yours: from 'tidecache/cluster' and 'tidecache/nats', with
// `npm install @nats-io/nats-core`, and `ws` on Node before 22.
import { DistributedCache } from '../../pkg/cluster.js';
import { natsEngine } from '../../pkg/nats.js';
import { begin, say, shown } from '../three-nodes/transcript.mjs';
import { repeated } from './repeated.mjs';
import { NatsCluster } from './servers.mjs';
import { servePage } from './site.mjs';

const BUCKET = 'example';
const OTHER = fileURLToPath(new URL('other.mjs', import.meta.url));

const cluster = new NatsCluster();

/** Starts the other process; returns what asks it. */
function startOther() {
  const child = fork(OTHER, [cluster.urls.join(), BUCKET]);
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

async function play(cache, other) {
  begin(
    'Two processes share a bucket of three replicas',
    "const engine = natsEngine({ servers, bucket: 'example', replicas: 3 });\n" +
      'const cache = new DistributedCache({ engine });',
  );
  for (const url of cluster.urls) say('a server listens', url);
  say('set ada', shown(await cache.set('ada', { visits: 1 }, '10m')));
  say('the other gets ada', shown(await other.ask('get', 'ada')));

  begin('Writes are ordered: conditions hold', 'cache.compareAndSet(key, version, value)');
  const { version } = await cache.getEntry('ada');
  await other.ask('set', 'ada', { visits: 2 });
  say('the other sets ada', 'true');
  const late = await cache.compareAndSet('ada', version, { visits: 'late' });
  say('compareAndSet ada', shown(late), 'its version is no longer held');
  say('set ada ifAbsent', shown(await cache.set('ada', 0, { ifAbsent: true })));
  if (late) throw new Error('a condition that does not hold was met');

  begin('One server is killed: what was acknowledged is there', `kill -9 ${cache.nodes[0].id}`);
  const [{ id }] = cache.nodes;
  const start = performance.now();
  await cluster.kill(id);
  say('set alan', shown(await repeated(() => cache.set('alan', { visits: 1 }))));
  say('the other gets alan', shown(await other.ask('get', 'alan')));
  const found = await repeated(() => cache.get('ada'));
  say('get ada', shown(found), `${Math.round(performance.now() - start)} ms since the kill`);
  if (found?.visits !== 2) throw new Error('an acknowledged write was lost');
  cluster.spawn(id);
  await cluster.ready(id);
  say('servers', cache.nodes.map((node) => `${node.id} ${node.state}`).join(', '));
}

async function main(args) {
  await cluster.start(['n1', 'n2', 'n3']);
  const client = { reconnectTimeWait: 100 };
  const engine = natsEngine({
    servers: cluster.urls,
    bucket: BUCKET,
    replicas: 3,
    WebSocket,
    client,
  });
  const cache = new DistributedCache({ engine, timeout: '3s' });
  await cache.connect();
  const other = startOther();
  await play(cache, other);
  await other.end();
  if (!args.includes('--once')) {
    const site = await servePage({ servers: cluster.urls, bucket: BUCKET });
    begin('A page shares it, too', `open ${site.url}`);
    console.log('Ctrl+C ends it.');
    const shared = setInterval(() => void cache.set('clock', new Date()).catch(() => {}), 1000);
    await Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM')]);
    clearInterval(shared);
    await site.close();
  }
  await cache.close();
}

try {
  await main(process.argv.slice(2));
} catch (error) {
  console.error(error);
  process.exitCode = 1;
} finally {
  await cluster.stop();
}
