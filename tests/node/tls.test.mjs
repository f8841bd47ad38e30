/** Every listener speaks TLS where there is a certificate. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync } from 'node:fs';
import https from 'node:https';
import { tmpdir } from 'node:os';
import path from 'node:path';
import test from 'node:test';
import tls from 'node:tls';

import { Client } from '../js/lib/node-clients.mjs';
import { Wire, withNative } from './lib/native.mjs';

test('RESP, HTTP and WebSockets over TLS', { timeout: 60_000 }, () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'tidecache-'));
  const [cert, key] = ['cert.pem', 'key.pem'].map((name) => path.join(folder, name));
  const words = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1'];
  const more = ['-nodes', '-days', '2', '-subj', '/CN=localhost', '-addext'];
  const files = ['subjectAltName=DNS:localhost,IP:127.0.0.1', '-keyout', key, '-out', cert];
  execFileSync('openssl', [...words, ...more, ...files], { stdio: 'ignore' });
  const ca = readFileSync(cert);
  return withNative({ flags: ['--tls-cert', cert, '--tls-key', key] }, async (native) => {
    const options = { host: '127.0.0.1', port: native.respPort, ca };
    const wire = new Wire(tls.connect(options));
    await wire.say('SET k v\r\nGET k\r\n').heard('+OK\r\n$1\r\nv\r\n');
    assert.match(wire.socket.getProtocol(), /^TLSv1\.[23]$/);
    wire.end();
    const status = await new Promise((resolve, reject) => {
      const url = `${native.http.replace('http:', 'https:')}/v1/kv/k`;
      https.get(url, { ca }, ({ statusCode }) => resolve(statusCode)).on('error', reject);
    });
    assert.equal(status, 200);
    const client = await Client.open(native.ws.replace('ws:', 'wss:'), { ca });
    assert.deepEqual(await client.ask(['GET', 'k']), ['v']);
    await client.close();
    // Who speaks no TLS gets no answer that is one of RESP.
    const plain = native.connect().say('PING\r\n');
    await plain.closed;
    assert.doesNotMatch(plain.text, /PONG/);
  });
});
