/** Where nodes are, as callers write it, and what a client makes of it. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Worker } from 'node:worker_threads';

import { loadSource } from './lib/source.mjs';

const { readNodes } = await loadSource('cluster/addresses.ts');

class Socket {}
const withSocket = () => Socket;
const withoutSocket = () => undefined;

/** Returns the one node that an address means. */
function read(address, findSocket = withSocket) {
  const [node, ...others] = readNodes([address], findSocket);
  assert.equal(others.length, 0);
  return node;
}

const wrong = (name) => ({ name, code: 'ERR_CACHE_INVALID_ARGUMENT' });

test('a host and a port, and URLs, are links with an id that does not depend on the way', () => {
  const urls = [
    [['localhost', 5000], 'ws://localhost:5000', 'localhost:5000'],
    [['::1', 5000], 'ws://[::1]:5000', '[::1]:5000'],
    ['ws://localhost:5000', 'ws://localhost:5000', 'localhost:5000'],
    ['ws://LOCALHOST:5000/', 'ws://localhost:5000', 'localhost:5000'],
    ['wss://example.org', 'wss://example.org', 'example.org:443'],
    [new URL('ws://example.org'), 'ws://example.org', 'example.org:80'],
    ['wss://example.org/nodes/a/', 'wss://example.org/nodes/a', 'example.org:443/nodes/a'],
  ];
  for (const [address, url, id] of urls) {
    const link = { kind: 'websocket', url, WebSocket: Socket };
    assert.deepEqual(read(address), { id, weight: 1, zone: '', link });
  }
  for (const [address, url, id] of [
    ['http://localhost:5000', 'http://localhost:5000', 'localhost:5000'],
    ['https://example.org/a/', 'https://example.org/a', 'example.org:443/a'],
  ]) {
    assert.deepEqual(read(address), { id, weight: 1, zone: '', link: { kind: 'fetch', url } });
  }
});

test('without a WebSocket the same node is asked by HTTP, under the same id', () => {
  for (const [address, url] of [
    [['localhost', 5000], 'http://localhost:5000'],
    ['ws://example.org/a', 'http://example.org/a'],
    ['wss://example.org:8443', 'https://example.org:8443'],
  ]) {
    const { id, link } = read(address, withoutSocket);
    assert.deepEqual(link, { kind: 'fetch', url });
    assert.equal(id, read(address).id);
  }
});

test('the constructor of WebSockets is looked for once, and only for WebSockets', () => {
  let searches = 0;
  const find = () => {
    searches++;
    return undefined;
  };
  readNodes(['http://a', ['b', 1], ['c', 1]], find);
  assert.equal(searches, 1);
  readNodes(['http://a'], find);
  assert.equal(searches, 1);
});

test('ports, workers and transports need an id', async () => {
  const { port1 } = new MessageChannel();
  const worker = new Worker('', { eval: true });
  const transport = {
    request: async () => new Uint8Array(),
    [Symbol.asyncDispose]: async () => {},
  };
  try {
    for (const port of [port1, worker]) {
      assert.throws(() => read(port), { ...wrong('TypeError'), message: /id/ });
      assert.deepEqual(read({ address: port, id: 'a' }).link, { kind: 'port', port });
    }
    assert.throws(() => read(transport), { ...wrong('TypeError'), message: /id/ });
    const link = { kind: 'transport', transport };
    assert.deepEqual(read({ address: transport, id: 'a' }).link, link);
  } finally {
    port1.close();
    await worker.terminate();
  }
});

test('options of a node are read, and an id of its own wins', () => {
  const options = { address: ['localhost', 5000], id: 'a', weight: 3, zone: 'east' };
  const { id, weight, zone } = read(options);
  assert.deepEqual({ id, weight, zone }, { id: 'a', weight: 3, zone: 'east' });
  assert.equal(read({ address: ['localhost', 5000] }).id, 'localhost:5000');
});

test('what is no address is refused, with what would be', () => {
  for (const address of [
    7,
    null,
    undefined,
    {},
    [],
    ['localhost'],
    ['localhost', '5000'],
    [5000, 'localhost'],
    ['localhost', 5000, 1],
    'localhost',
    'localhost:5000',
    'ftp://localhost',
    'redis://localhost:6379',
    '',
    { address: undefined },
    { adress: ['localhost', 5000] },
    { address: ['localhost', 5000], wieght: 1 },
    { address: ['localhost', 5000], id: 7 },
    { address: ['localhost', 5000], zone: 7 },
    { address: ['localhost', 5000], weight: '1' },
    { address: { address: ['localhost', 5000] } },
  ]) {
    assert.throws(() => read(address), wrong('TypeError'), JSON.stringify(address));
  }
  for (const address of [
    ['localhost', 0],
    ['localhost', 65_536],
    ['localhost', 1.5],
    ['localhost', NaN],
    { address: ['localhost', 5000], weight: 0 },
    { address: ['localhost', 5000], weight: 1.5 },
    { address: ['localhost', 5000], weight: 65_536 },
    { address: ['localhost', 5000], id: '' },
    { address: ['localhost', 5000], id: 'é'.repeat(128) },
  ]) {
    assert.throws(() => read(address), wrong('RangeError'), JSON.stringify(address));
  }
});

test('an address holds no secret, and a message does not show one', () => {
  for (const address of ['ws://user:s3cr3t@a', 'ws://a?token=s3cr3t', 'ws://a#s3cr3t']) {
    assert.throws(
      () => read(address),
      (error) => error.code === 'ERR_CACHE_INVALID_ARGUMENT' && !error.message.includes('s3cr3t'),
    );
  }
});

test('there are 1 to 32 nodes, each with an id of its own', () => {
  const many = (count) => Array.from({ length: count }, (_, at) => ['localhost', at + 1]);
  assert.equal(readNodes(many(32), withSocket).length, 32);
  assert.throws(() => readNodes(many(33), withSocket), wrong('RangeError'));
  assert.throws(() => readNodes([], withSocket), wrong('RangeError'));
  const twice = ['ws://a:1', 'http://a:1'];
  assert.throws(() => readNodes(twice, withSocket), { ...wrong('RangeError'), message: /"a:1"/ });
  for (const nodes of [
    undefined,
    null,
    'ws://a',
    { 0: 'ws://a', length: 1 },
    new Set(['ws://a']),
  ]) {
    assert.throws(() => readNodes(nodes, withSocket), wrong('TypeError'));
  }
});
