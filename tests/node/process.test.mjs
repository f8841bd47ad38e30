/** The process: its configuration, and its end. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import test from 'node:test';

import { Client } from '../js/lib/node-clients.mjs';
import { program, withNative } from './lib/native.mjs';

const LIMIT = { timeout: 60_000 };

test('a wrong setting is named before anything listens, without a secret', LIMIT, () => {
  const check = (flags, env = {}) =>
    spawnSync(program, ['--check', ...flags], {
      env: { ...process.env, ...env },
      encoding: 'utf8',
    });
  assert.equal(check(['--listen', '127.0.0.1:0']).status, 0);
  const wrong = [
    [['--listen', '6379'], /^tidecache-node: listen: `6379`/],
    [[], /nothing to listen at/],
    [['--listen', '127.0.0.1:0', '--policy', 'best'], /policy: `best` is none of lru, /],
    [['--no-such', 'x'], /there is no flag --no-such/],
    [['--listen', '127.0.0.1:0', '--tls-cert', 'x'], /tls_cert and tls_key belong together/],
    [['--config', '/does/not/exist'], /exist/],
  ];
  for (const [flags, expected] of wrong) {
    const { status, stderr } = check(flags);
    assert.equal(status, 2);
    assert.match(stderr, expected);
  }
  const { stderr } = check(['--listen', '127.0.0.1:0'], { TIDECACHE_TOKENS: 'hüsh-hush' });
  assert.match(stderr, /TIDECACHE_TOKENS: a token is/);
  assert.doesNotMatch(stderr, /hush/);
});

test('SIGTERM: what was asked is answered, and then it ends', LIMIT, () =>
  withNative({ flags: ['--drain', '5s'] }, async (native) => {
    const idle = native.connect().say('PING\r\n');
    await idle.heard('+PONG\r\n');
    const cut = native.connect().say('PING\r\n*2\r\n$3\r\nGET\r\n$1\r\n');
    await cut.heard('+PONG\r\n');
    const socket = await Client.open(native.ws);
    const ended = native.end('SIGTERM');
    await idle.closed;
    assert.equal(await socket.closed, 1001);
    await assert.rejects(native.fetch('/healthz'));
    cut.say('k\r\n');
    await cut.closed;
    assert.equal(cut.text, '+PONG\r\n$-1\r\n');
    assert.deepEqual(await ended, { code: 0, signal: null });
    assert.match(native.lines.at(-1), /"event":"stopped"/);
  }),
);
