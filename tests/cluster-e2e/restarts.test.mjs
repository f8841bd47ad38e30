/** All nodes lose their memory under load: what follows are misses and failures, no old values. */
import assert from 'node:assert/strict';
import { setTimeout as pause } from 'node:timers/promises';

import { Load } from './lib/load.mjs';
import { e2e, until } from './lib/world.mjs';

const ALL = ['a', 'b', 'c'];

e2e('all three nodes are restarted under load, at once and in a row', {}, async (world, t) => {
  const load = await Load.start(world, 'restarts', { clears: 0.004 });
  await pause(500);
  // A value from before, which nobody writes again.
  const cache = world.client();
  await cache.set('old', 'value');
  assert.equal(await cache.get('old'), 'value');
  await Promise.all(ALL.map((id) => world.signal(id, 'SIGKILL')));
  await Promise.all(ALL.map((id) => world.startNode(id)));
  await until(() => cache.set('new', 1).catch(() => false), 'takes writes again');
  assert.equal(await cache.get('old'), undefined);
  assert.equal(await cache.get('new'), 1);
  for (const id of ALL) {
    await world.signal(id, 'SIGKILL');
    await world.startNode(id);
  }
  await until(() => cache.set('newer', 1).catch(() => false), 'takes writes once more');
  assert.ok([1, undefined].includes(await cache.get('new')));
  await load.linked();
  await pause(500);
  const told = await load.stop();
  t.diagnostic(`${told.failures.length} failed while two nodes were down; ${await told.check()}`);
  const hits = told.calls.filter(({ line }) => line.includes(' hit '));
  assert.ok(hits.length > 100, `${hits.length} hits`);
});
