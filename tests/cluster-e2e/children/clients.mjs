/** Several clients in a process of their own: they use the cluster until told to stop. */
import process from 'node:process';
import { writeFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';

import { load } from '../../js/lib/package.mjs';
import { Random } from '../../js/lib/random.mjs';
import { Talker } from '../lib/talker.mjs';

const { DistributedCache } = await load('tidecache/cluster');

const plan = JSON.parse(process.argv[2]);
const talkers = Array.from({ length: plan.clients }, (_, at) => {
  const number = plan.first + at;
  const cache = new DistributedCache({ nodes: plan.nodes, ...plan.options });
  return new Talker(cache, { ...plan, number, random: new Random(plan.seed * 1_000 + number) });
});
process.on('disconnect', () => process.exit());
await Promise.all(talkers.map(({ cache }) => cache.connect()));
const running = Promise.all(talkers.map((talker) => talker.run()));

/** Resolves when each client has a link to each node that answers. */
async function linked() {
  const isUp = ({ state }) => state === 'up';
  while (!talkers.every(({ cache }) => cache.nodes.every(isUp))) await pause(10);
}

async function stop() {
  talkers.forEach((talker) => talker.stop());
  await running;
  const stats = talkers.map(({ cache }) => cache.getStats());
  await Promise.all(talkers.map(({ cache }) => cache.close()));
  writeFileSync(plan.file, talkers.flatMap(({ lines }) => lines).join(''));
  process.send({ stats, faults: talkers.flatMap(({ faults }) => faults) }, () => {
    process.disconnect();
  });
}

process.on('message', async (what) => {
  if (what === 'stop') {
    await stop();
  } else {
    await linked();
    process.send({});
  }
});
process.send({ isReady: true });
