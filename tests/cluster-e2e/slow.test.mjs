/** A node that becomes slow: reads by a quorum of three wait for the other two. */
import assert from 'node:assert/strict';
import { setTimeout as pause } from 'node:timers/promises';

import { Load, now } from './lib/load.mjs';
import { e2e } from './lib/world.mjs';

const DELAY_MS = 200;

e2e('a node that is 200 ms late costs neither failures nor many reads', {}, async (world, t) => {
  const told = {};
  for (const hedge of [false, true]) {
    const proxy = await world.proxy('b');
    const plan = { nodes: world.addresses({ b: proxy }), options: { hedge } };
    const load = await Load.start(world, `slow-${hedge ? 'hedged' : 'plain'}`, plan);
    await pause(1_500);
    const since = now();
    proxy.toClient.delayMs = DELAY_MS;
    await pause(1_500);
    const until = now();
    proxy.toClient.delayMs = 0;
    const all = await load.stop();
    const reads = all.calls.filter(
      ({ begun, line }) => begun > since && begun < until && / get \S+ quorum /.test(line),
    );
    const sum = (field) => all.stats.reduce((total, one) => total + one[field], 0);
    const [p50, p99] = [0.5, 0.99].map((share) => all.quantile(share, reads));
    told[hedge] = { p50, p99, hedges: sum('hedges'), late: reads.filter(({ ms }) => ms > 150) };
    t.diagnostic(
      `hedge ${hedge}: ${reads.length} reads, p50 ${p50.toFixed(1)} p99 ${p99.toFixed(1)} ms, ` +
        `${told[hedge].late.length} over 150 ms, ${sum('hedges')} hedges in ${all.calls.length} ` +
        `calls, ${sum('failovers')} failovers; ${await all.check()}`,
    );
    assert.deepEqual(
      all.failures.map(({ line }) => line),
      [],
    );
    const extra = sum('hedges') / all.calls.length;
    // A budget of 5 %, and what each of the 32 clients has at its start.
    assert.ok(hedge ? extra <= 0.05 + 320 / all.calls.length : extra === 0, `${extra} extra sends`);
    assert.ok(p50 < DELAY_MS, `half of the reads take ${p50} ms`);
  }
  assert.ok(told.true.hedges > 0, 'nobody has hedged');
});
