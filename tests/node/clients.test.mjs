/** The clients and tools that people have, unmodified. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import test from 'node:test';
import { promisify } from 'node:util';

import { Redis as Upstash } from '@upstash/redis';
import { Redis as IoRedis } from 'ioredis';
import { createClient } from 'redis';

import { withNative } from './lib/native.mjs';

const run = promisify(execFile);
const LIMIT = { timeout: 60_000 };
const TOKEN = 'r1ght-s3cret';
const env = { TIDECACHE_TOKENS: TOKEN };

test('redis-cli speaks to it, in both versions of the protocol', LIMIT, () =>
  withNative({}, async (native) => {
    const cli = async (...words) =>
      (await run('redis-cli', ['-p', String(native.respPort), ...words])).stdout.trim();
    assert.equal(await cli('PING'), 'PONG');
    assert.equal(await cli('SET', 'k', 'value', 'EX', '100'), 'OK');
    assert.equal(await cli('GET', 'k'), 'value');
    assert.equal(await cli('-3', 'GET', 'k'), 'value');
    assert.equal(await cli('TTL', 'k'), '100');
    assert.equal(await cli('DEL', 'k', 'other'), '1');
    assert.equal(await cli('GET', 'k'), '');
    assert.match(await cli('INFO', 'server'), /tidecache_version/);
    assert.match(await cli('NOSUCH'), /^ERR unknown command/);
  }),
);

test('redis-benchmark finishes, pipelined and not', LIMIT, () =>
  withNative({}, async (native) => {
    for (const pipeline of ['1', '16']) {
      const words = ['-p', native.respPort, '-t', 'ping,set,get,mset', '-n', '2000', '-q'];
      const { stdout } = await run('redis-benchmark', [...words, '-P', pipeline].map(String));
      assert.equal(stdout.match(/requests per second/g).length, 5, stdout);
      assert.doesNotMatch(stdout, /error/i);
    }
    assert.ok((await native.metrics()).commands_total >= 16_000);
  }),
);

test('ioredis', LIMIT, () =>
  withNative({ env }, async (native) => {
    const redis = new IoRedis({ port: native.respPort, password: TOKEN });
    try {
      assert.equal(await redis.set('k', 'value', 'PX', 60_000), 'OK');
      assert.equal(await redis.get('k'), 'value');
      assert.deepEqual(await redis.getBuffer('k'), Buffer.from('value'));
      assert.deepEqual(await redis.mget('k', 'none'), ['value', null]);
      const piped = await redis.pipeline().set('a', '1').exists('a').del('a').get('a').exec();
      assert.deepEqual(
        piped.map(([, value]) => value),
        ['OK', 1, 1, null],
      );
      assert.equal(await redis.set('k', 'other', 'NX'), null);
      assert.ok((await redis.pttl('k')) > 50_000);
      await assert.rejects(redis.call('NOSUCH'), /unknown command/);
    } finally {
      redis.disconnect();
    }
  }),
);

test('node-redis, in RESP2 and RESP3', LIMIT, () =>
  withNative({ env }, async (native) => {
    for (const RESP of [2, 3]) {
      const client = createClient({
        RESP,
        socket: { port: native.respPort },
        password: TOKEN,
      });
      client.on('error', () => undefined);
      await client.connect();
      try {
        assert.equal(
          await client.set('k', `value ${RESP}`, { expiration: { type: 'EX', value: 60 } }),
          'OK',
        );
        assert.equal(await client.get('k'), `value ${RESP}`);
        assert.deepEqual(await client.mGet(['k', 'none']), [`value ${RESP}`, null]);
        assert.equal(await client.del('k'), 1);
        assert.equal(await client.get('k'), null);
        assert.equal(await client.ping(), 'PONG');
      } finally {
        await client.close();
      }
    }
  }),
);

test('@upstash/redis', LIMIT, () =>
  withNative({ env }, async (native) => {
    const redis = new Upstash({ url: native.http, token: TOKEN, enableTelemetry: false });
    assert.equal(await redis.set('k', { ünï: [1, 'zwei'] }, { ex: 60 }), 'OK');
    assert.deepEqual(await redis.get('k'), { ünï: [1, 'zwei'] });
    assert.equal(await redis.get('none'), null);
    assert.deepEqual(await redis.mget('k', 'none'), [{ ünï: [1, 'zwei'] }, null]);
    assert.equal(await redis.ttl('k'), 60);
    const piped = await redis.pipeline().set('a', 'text').get('a').del('a').exec();
    assert.deepEqual(piped, ['OK', 'text', 1]);
    assert.deepEqual(await redis.multi().set('b', 5).get('b').exec(), ['OK', 5]);
    const wrong = new Upstash({ url: native.http, token: 'wrong', enableTelemetry: false });
    await assert.rejects(wrong.get('k'), /Unauthorized/);
  }),
);
