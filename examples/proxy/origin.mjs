/**
 * Asks an origin and gives its answer as a `Response`, byte for byte: the platform's `fetch` would
 * undo `Content-Encoding` and follow redirects, which a proxy must not.
 */
import http from 'node:http';
import https from 'node:https';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';

/** Fields that are between two neighbours only (RFC 9110, 7.6.1). */
const HOP_BY_HOP = [
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authentication-info',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
];

/** Answers that have no body. */
const WITHOUT_BODY = [204, 205, 304];

/** Returns the fields that go on: all but those of the connection, and those that it names. */
export function forwarded(pairs) {
  const dropped = new Set(HOP_BY_HOP);
  for (const [name, value] of pairs) {
    if (name.toLowerCase() !== 'connection') continue;
    for (const field of value.split(',')) dropped.add(field.trim().toLowerCase());
  }
  return pairs.filter(([name]) => !dropped.has(name.toLowerCase()));
}

/** Returns the fields of a message as Node received them, in pairs. */
export function pairsOf({ rawHeaders }) {
  const pairs = [];
  for (let at = 0; at < rawHeaders.length; at += 2) {
    pairs.push([rawHeaders[at], rawHeaders[at + 1]]);
  }
  return pairs;
}

/**
 * Returns a function like `fetch` that asks over kept connections; `close` gives them up. It
 * rejects when the origin cannot be reached, is silent for `timeoutMs`, or sends nonsense.
 */
export function connectTo(protocol, { timeoutMs = 30_000 } = {}) {
  const { Agent, request: open } = protocol === 'https:' ? https : http;
  const agent = new Agent({ keepAlive: true, maxSockets: 256, timeout: timeoutMs });
  const ask = async (input, init) => {
    const request = new Request(input, init);
    const headers = forwarded([...request.headers]).flat();
    const { host } = new URL(request.url);
    const options = { agent, method: request.method, headers: ['host', host, ...headers] };
    const outgoing = open(request.url, options);
    const answer = new Promise((resolve, reject) => {
      outgoing.once('response', resolve);
      outgoing.once('error', reject);
      outgoing.once('timeout', () => outgoing.destroy(new Error('the origin is silent')));
    });
    send(request, outgoing);
    return toResponse(request.method, await answer);
  };
  return { ask, close: () => agent.destroy() };
}

/** Sends a request's body, if it has one; a failure reaches the answer's promise. */
function send(request, outgoing) {
  if (request.body === null) outgoing.end();
  else pipeline(Readable.fromWeb(request.body), outgoing).catch((error) => outgoing.destroy(error));
}

/** Returns an answer as a `Response`; what no `Response` can be is an error. */
function toResponse(method, message) {
  const headers = new Headers(forwarded(pairsOf(message)));
  const init = { status: message.statusCode, statusText: message.statusMessage, headers };
  if (method === 'HEAD' || WITHOUT_BODY.includes(message.statusCode)) {
    message.resume();
    return new Response(null, init);
  }
  try {
    return new Response(Readable.toWeb(message), init);
  } catch (error) {
    message.destroy();
    throw error;
  }
}
