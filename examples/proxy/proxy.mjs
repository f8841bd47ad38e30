/**
 * A caching reverse proxy: what many ask for is fetched once, by the rules of RFC 9111 for shared
 * caches, with a limit in bytes.
 *
 *     node examples/proxy/proxy.mjs --origin http://localhost:3000 --listen 8080
 *         --max-bytes 100MB     what it may keep in memory
 *         --host 0.0.0.0        where it listens; 127.0.0.1 by default
 *         --stale-if-error 1h   how long old answers stand in for an origin that fails
 *         --policy NAME         which entries make room for others
 *
 * Each answer says in `Cache-Status` (RFC 9211) where it came from. An answer may tell this cache
 * apart from browsers by `CDN-Cache-Control` (RFC 9213). SIGINT and SIGTERM end it once the running
 * requests are answered. Needs pkg/.
 */
import { createServer } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { parseArgs } from 'node:util';

// In a program of yours: from 'tidecache/http'.
import { createCache, HttpSemantics } from '../../pkg/http.js';
import { connectTo, forwarded, pairsOf } from './origin.mjs';

/** After a signal, requests get so long to end. */
const GRACE_MS = 10_000;

/** Methods that no `Request` may have. */
const REFUSED = ['CONNECT', 'TRACE', 'TRACK'];

function readArguments(args) {
  const text = { type: 'string' };
  const { values } = parseArgs({
    args,
    options: {
      origin: text,
      listen: { ...text, default: '8080' },
      host: { ...text, default: '127.0.0.1' },
      'max-bytes': { ...text, default: '100MB' },
      'stale-if-error': text,
      policy: text,
    },
  });
  const port = Number(values.listen);
  if (!(Number.isInteger(port) && port >= 0 && port < 65_536)) {
    throw new Error(`--listen ${values.listen}: give the number of a port`);
  }
  if (!URL.canParse(values.origin ?? '') || !/^https?:/.test(values.origin)) {
    throw new Error('--origin: give a URL that begins with http:// or https://');
  }
  return { ...values, port, origin: new URL(values.origin) };
}

/** Returns the handler, and the cache for its figures. */
function makeCache({ origin, policy, ...options }) {
  const upstream = connectTo(origin.protocol);
  const cache = createCache({
    name: 'proxy',
    shared: true,
    storage: 'memory',
    maxBytes: options['max-bytes'],
    cacheStatus: 'tidecache',
    targets: ['CDN-Cache-Control'],
    fetch: upstream.ask,
    ...(policy !== undefined && { evictionPolicy: policy }),
  });
  const staleIfError = options['stale-if-error'];
  const semantics = new HttpSemantics(staleIfError === undefined ? {} : { staleIfError });
  return { cache, answer: cache.handler({ fallback: semantics }), close: upstream.close };
}

/** Returns the request as the cache sees it: its URL is the origin's. */
function toRequest(incoming, origin) {
  // The path is put behind the origin, so that no `//other.example` leads elsewhere.
  const url = `${origin.origin}${incoming.url}`;
  const headers = new Headers(forwarded(pairsOf(incoming)));
  headers.append('via', `${incoming.httpVersion} tidecache`);
  headers.append('x-forwarded-for', incoming.socket.remoteAddress ?? 'unknown');
  headers.set('x-forwarded-host', headers.get('host') ?? '');
  headers.set('x-forwarded-proto', 'http');
  headers.delete('host');
  const { 'content-length': length, 'transfer-encoding': coding } = incoming.headers;
  const announced = length !== undefined || coding !== undefined;
  const hasBody = announced && !['GET', 'HEAD'].includes(incoming.method);
  const body = hasBody ? { body: Readable.toWeb(incoming), duplex: 'half' } : {};
  return new Request(url, { method: incoming.method, headers, redirect: 'manual', ...body });
}

/** Answers one request; whatever fails is a 502, or a cut connection if the head is sent. */
async function serve(incoming, outgoing, { origin, answer }) {
  if (REFUSED.includes(incoming.method)) return refuse(outgoing, 501, 'Not Implemented');
  if (!incoming.url.startsWith('/')) return refuse(outgoing, 400, 'Bad Request');
  try {
    const response = await answer(toRequest(incoming, origin));
    outgoing.writeHead(response.status, response.statusText, [...response.headers].flat());
    if (response.body === null || incoming.method === 'HEAD') outgoing.end();
    else await pipeline(Readable.fromWeb(response.body), outgoing);
  } catch {
    if (outgoing.headersSent) outgoing.destroy();
    else refuse(outgoing, 502, 'Bad Gateway');
  }
}

function refuse(outgoing, status, reason) {
  outgoing.writeHead(status, reason, { 'content-type': 'text/plain', 'cache-control': 'no-store' });
  outgoing.end(`${reason}\n`);
}

function main(args) {
  const options = readArguments(args);
  const { cache, answer, close } = makeCache(options);
  const server = createServer((incoming, outgoing) => {
    void serve(incoming, outgoing, { ...options, answer });
  });
  server.listen(options.port, options.host, () => {
    const { address, port } = server.address();
    console.log(`listening on http://${address}:${port}, origin ${options.origin.origin}`);
  });
  const stop = () => {
    server.close(() => {
      close();
      const { hits, misses, hitRate, entries, bytes } = cache.stats();
      const rate = `${(100 * hitRate).toFixed(1)} % hits`;
      console.log(`${hits + misses} requests, ${rate}; ${entries} entries, ${bytes} bytes held`);
    });
    server.closeIdleConnections();
    setTimeout(() => server.closeAllConnections(), GRACE_MS).unref();
  };
  process.once('SIGINT', stop);
  process.once('SIGTERM', stop);
}

try {
  main(process.argv.slice(2));
} catch (error) {
  console.error(`proxy: ${error.message}`);
  process.exitCode = 1;
}
