/** Scripts that a server runs as one step, kept there by their names. */

import type { Part, RedisLink } from './redis-link.js';

/** A script of one key. */
export class RedisScript {
  readonly #text: string;
  #name: Promise<string> | undefined;

  constructor(...lines: readonly string[]) {
    this.#text = lines.join('\n');
  }

  /** Runs it by its name, or by its text where the server does not know it yet. */
  async run(
    link: RedisLink,
    key: Part,
    words: readonly Part[],
    signal: AbortSignal,
  ): Promise<unknown> {
    this.#name ??= hashOf(this.#text);
    const more = ['1', key, ...words];
    try {
      return await link.send(key, ['EVALSHA', await this.#name, ...more], signal);
    } catch (error) {
      if (!String((error as Error | undefined)?.message).startsWith('NOSCRIPT')) {
        throw error;
      }
      return link.send(key, ['EVAL', this.#text, ...more], signal);
    }
  }
}

async function hashOf(text: string): Promise<string> {
  const hash = await crypto.subtle.digest('SHA-1', new TextEncoder().encode(text));
  return Array.from(new Uint8Array(hash), (byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** The value and what is left of its life, of the same moment. */
export const READ = new RedisScript(
  "local left = redis.call('PTTL', KEYS[1])",
  'if left == -2 then return false end',
  "return { redis.call('GET', KEYS[1]), left }",
);

/** Stores where a version is held: 1, else 0; -1 where what is held is not ours. */
export const REPLACE = new RedisScript(
  "local head = redis.call('GETRANGE', KEYS[1], 0, 19)",
  "if head == '' then return 0 end",
  "if #head < 20 or string.sub(head, 1, 2) ~= '\\255\\1' then return -1 end",
  'if string.sub(head, 5, 20) ~= ARGV[1] then return 0 end',
  "if ARGV[3] == '' then",
  "  redis.call('SET', KEYS[1], ARGV[2])",
  'else',
  "  redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3])",
  'end',
  'return 1',
);

/** Gives a key no end: 1, or 0 where nothing is held. */
export const KEEP = new RedisScript(
  "if redis.call('EXISTS', KEYS[1]) == 0 then return 0 end",
  "redis.call('PERSIST', KEYS[1])",
  'return 1',
);

/** Removes a lease that is still this one's. */
export const RELEASE = new RedisScript(
  "if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end",
  'return 0',
);
