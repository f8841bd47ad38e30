/** What `tidecache/channel` exports. */

import { once } from '../attached.js';
import { milliseconds } from '../duration.js';
import { describe, wrongType } from '../errors.js';
import type { Attachable } from '../extension.js';
import { checkNames, readFlag, readString } from '../options.js';
import { openBroadcast } from './broadcast.js';
import { Member } from './member.js';
import type { CacheChannel, ChannelOptions } from './types.js';

export { CacheError } from '../errors.js';
export type { Attachable } from '../extension.js';
export type { Duration } from '../types.js';
export type { CacheChannel, ChannelOptions } from './types.js';

/**
 * Returns what the option `channel` takes: the caches that are given this name in all tabs and
 * workers of an origin, and in all threads of a process, hear of one another's changes.
 */
export function broadcast(name: string, options?: ChannelOptions): Attachable {
  readString(name, 'name');
  return join(() => openBroadcast(`tidecache/channel/${name}`), options);
}

/**
 * Returns what the option `channel` takes, for any channel of bytes.
 * @throws {TypeError} `ERR_CACHE_INVALID_ARGUMENT`: no `post` and `onMessage`, or no such option.
 */
export function joinBy(channel: CacheChannel, options?: ChannelOptions): Attachable {
  if (typeof channel?.post !== 'function' || typeof channel.onMessage !== 'function') {
    throw wrongType(`the channel is ${describe(channel)}; give an object with post and onMessage`);
  }
  return join(() => channel, options);
}

function join(open: () => CacheChannel, options: ChannelOptions = {}): Attachable {
  checkNames(options, ['warm', 'warmTimeout']);
  const wait = Math.min(milliseconds(options.warmTimeout ?? '500ms', 'warmTimeout'), 2 ** 31 - 1);
  const warmMs = readFlag(options.warm ?? false, 'warm') ? wait : 0;
  return once(() => new Member(open, warmMs));
}
