/** Who is let in: tokens, tokens that change, and pages of other origins. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import http from 'node:http';

import { WebSocket } from 'ws';

import { FRAMES_TYPE } from '../js/lib/node-clients.mjs';
import { commands } from '../js/lib/resp.mjs';
import { e2e, until } from './lib/world.mjs';

const SECRET = 'r1ght-s3cret';
const OPTIONS = { tokens: [SECRET], origins: ['https://app.test'] };

/** Resolves with the error of each kind of operation. */
async function errors(cache) {
  const calls = [() => cache.get('k'), () => cache.set('k', 1), () => cache.connect()];
  const list = [];
  for (const call of calls) list.push(await call().then(assert.fail, (error) => error));
  return list;
}

e2e(
  'a wrong token or none is an error that says so and not the token',
  { options: OPTIONS }, //
  async (world) => {
    for (const scheme of ['ws:', 'http:']) {
      const nodes = world.addresses().map(({ id, address }) => ({
        id,
        address: address.replace('ws:', scheme),
      }));
      await world.client({ nodes, token: SECRET }).set('k', scheme);
      for (const token of ['wr0ng-s3cret', undefined, async () => 'wr0ng-s3cret']) {
        const cache = world.client({ nodes, token, timeout: '5s' });
        const start = performance.now();
        for (const error of await errors(cache)) {
          assert.equal(error.code, 'ERR_CACHE_QUORUM');
          // Two refusals of three are enough: nobody waits for the third.
          const refusals = error.causes.filter(({ state }) => state === 'auth');
          const others = error.causes.filter(({ state }) => state === 'pending');
          assert.ok(refusals.length >= 2, JSON.stringify(error.causes));
          assert.equal(refusals.length + others.length, 3, JSON.stringify(error.causes));
          const codes = error.cause.errors.map(({ code }) => code);
          assert.equal(codes.filter((code) => code === 'ERR_CACHE_AUTH').length, refusals.length);
          assert.doesNotMatch(`${error.stack} ${JSON.stringify(error)}`, /s3cret/);
        }
        assert.ok(performance.now() - start < 3_000, 'a refusal is told at once');
        await cache.close();
      }
      const cache = world.client({ nodes, token: async () => SECRET });
      assert.equal(await cache.get('k'), scheme);
    }
  },
);

e2e(
  'pages of another origin are not let in, whatever token they have',
  { options: OPTIONS }, //
  async (world) => {
    const from = (origin) =>
      class Page extends WebSocket {
        constructor(url, protocols) {
          super(url, protocols, { origin });
        }
      };
    const options = { token: SECRET, timeout: '200ms' };
    const good = world.client({ token: SECRET, WebSocket: from('https://app.test') });
    await good.set('k', 1);
    for (const origin of ['https://evil.test', 'http://app.test', 'https://app.test.evil.test']) {
      const cache = world.client({ ...options, WebSocket: from(origin) });
      for (const error of await errors(cache)) assert.equal(error.code, 'ERR_CACHE_QUORUM');
      assert.ok(cache.nodes.every(({ state }) => state !== 'up'));
      await cache.close();
      const headers = { origin, 'content-type': FRAMES_TYPE, authorization: `Bearer ${SECRET}` };
      const url = `${world.nodes.get('a').url.replace('ws:', 'http:')}/v1/frames`;
      const request = http.request(url, { method: 'POST', headers, agent: false });
      request.end(commands(['PING']));
      const [response] = await once(request, 'response');
      assert.equal(response.resume().statusCode, 403);
    }
    assert.equal(await good.get('k'), 1);
  },
);

for (const scheme of ['ws:', 'http:']) {
  e2e(
    `a token that has changed is asked for again by ${scheme}`,
    { options: { tokens: ['old'] } },
    async (world) => {
      const nodes = world.addresses().map(({ id, address }) => ({
        id,
        address: address.replace('ws:', scheme),
      }));
      let current = 'old';
      let asked = 0;
      const token = async () => {
        asked++;
        return current;
      };
      const cache = world.client({ nodes, token, timeout: '500ms' });
      await cache.set('k', 1);
      for (const id of ['a', 'b', 'c']) {
        await world.signal(id, 'SIGKILL');
        await world.startNode(id, { tokens: ['new'] });
      }
      const told = async () => {
        const error = await cache.set('k', 2).then(
          () => undefined,
          (one) => one,
        );
        return error?.causes.every(({ state }) => state === 'auth') === true;
      };
      await until(told, 'told that its token is over');
      const before = asked;
      current = 'new';
      await until(() => cache.set('k', 3).catch(() => false), 'let in by the new token');
      assert.ok(asked > before);
      assert.equal(await cache.get('k'), 3);
    },
  );
}
