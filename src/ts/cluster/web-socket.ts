/** Which constructor a client opens WebSockets with. */

import { describe, wrongType } from '../errors.js';
import { optionalPackage } from './platform.js';
import type { WebSocketConstructor } from './types.js';

/**
 * Returns the one that was given, else the platform's, else that of the package `ws`; `undefined`
 * where there is none, as in Node 20 without `ws`.
 * @throws {TypeError} `ERR_CACHE_INVALID_ARGUMENT`: what was given is none.
 */
export function findWebSocket(given?: WebSocketConstructor): WebSocketConstructor | undefined {
  if (given !== undefined && typeof given !== 'function') {
    throw wrongType(`WebSocket is ${describe(given)}; give the constructor, such as that of 'ws'`);
  }
  return given ?? platformSocket() ?? packageSocket();
}

function platformSocket(): WebSocketConstructor | undefined {
  return (globalThis as { WebSocket?: WebSocketConstructor }).WebSocket;
}

function packageSocket(): WebSocketConstructor | undefined {
  const found = optionalPackage('ws') as { WebSocket?: WebSocketConstructor } | undefined;
  return found?.WebSocket;
}
