/** Clients whose clocks are an hour off, among others. */
import assert from 'node:assert/strict';
import { setTimeout as pause } from 'node:timers/promises';

import { Load } from './lib/load.mjs';
import { e2e } from './lib/world.mjs';

const HOUR_MS = 3_600_000;

e2e('clients an hour early and an hour late write and read as others do', {}, async (world, t) => {
  const load = new Load(world, 'clocks');
  const [clients, pauseMs] = [10, 15];
  await Promise.all([
    load.add(0, { clients, pauseMs }),
    load.add(10, { clients, pauseMs, shiftMs: HOUR_MS }),
    load.add(20, { clients, pauseMs, shiftMs: -HOUR_MS }),
  ]);
  await pause(2_500);
  const told = await load.stop();
  t.diagnostic(await told.check());
  assert.deepEqual(
    told.failures.map(({ line }) => line),
    [],
  );
  // Each kind of client has read what each other has written.
  const pairs = new Set();
  for (const { line } of told.calls) {
    const found = /^(\d+) .* hit v(\d+)-/.exec(line);
    if (found !== null)
      pairs.add(
        found
          .slice(1)
          .map((number) => Math.floor(number / 10))
          .join(),
      );
  }
  assert.equal(pairs.size, 9, [...pairs].join(' '));
});
