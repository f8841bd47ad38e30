/** Messages by BroadcastChannel. */

import { CacheError } from '../errors.js';
import type { CacheChannel } from './types.js';

/**
 * Opens the channel called `name`. It ends when its listener does, and keeps no process alive.
 * @throws {CacheError} `ERR_CACHE_UNSUPPORTED`: there is no BroadcastChannel.
 */
export function openBroadcast(name: string): CacheChannel {
  if (typeof BroadcastChannel === 'undefined') {
    throw new CacheError('ERR_CACHE_UNSUPPORTED', 'this runtime has no BroadcastChannel');
  }
  const channel = new BroadcastChannel(name);
  return {
    post(message) {
      channel.postMessage(message);
    },
    onMessage(listener) {
      channel.onmessage = ({ data }) => {
        listener(data as Uint8Array);
      };
      // After the listener, which in Node makes the channel count again.
      (channel as BroadcastChannel & { unref?(): void }).unref?.();
      return () => {
        channel.close();
      };
    },
  };
}
