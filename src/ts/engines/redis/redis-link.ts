/**
 * A client of Redis or Valkey as the engine needs it, whichever library made it: commands by their
 * words, and the servers that take writes. Bulk strings are bytes both ways.
 */

import { CacheConnectionError } from '../../cluster/cluster-errors.js';
import type { EngineServer } from '../engine-store.js';

/** A word of a command. */
export type Part = string | Uint8Array;

/** One server that takes writes. */
export interface RedisMaster {
  readonly id: string;
  /** Sends it a command. */
  send(words: readonly Part[]): Promise<unknown>;
  /**
   * Opens a connection of its own, on which the server tells of changes below `prefix`: names of
   * keys, or `undefined` for all. `end` is called once, when the connection is lost. Resolves with
   * what closes it. Absent where the library has no such connection.
   */
  readonly listen?: (prefix: string, tell: Tell, end: () => void) => Promise<() => void>;
}

/** Takes names of keys that have changed. */
export type Tell = (keys: readonly Uint8Array[] | undefined) => void;

/** A client. */
export interface RedisLink {
  /** Whether its masters can be listened to. */
  readonly canListen: boolean;
  /** Connects the client unless it is. */
  open(): Promise<void>;
  /** Sends a command to the server of a key, and again to another where the slot has moved. */
  send(key: Part, words: readonly Part[], signal?: AbortSignal): Promise<unknown>;
  /** The servers that take writes, as the client knows them. */
  masters(): Promise<readonly RedisMaster[]>;
  /** All servers, as the client knows them. */
  servers(): readonly Omit<EngineServer, 'rttMs'>[];
}

/** What a server says of changes below a prefix that is told on this channel. */
export const CHANGES = '__redis__:invalidate';

/** What Node has for bytes, which the libraries insist on. */
interface Buffers {
  from(memory: ArrayBufferLike, offset: number, length: number): Uint8Array;
}

/** Returns the class of bytes that the libraries take. */
export function bufferClass(): Buffers {
  return (globalThis as unknown as { Buffer: Buffers }).Buffer;
}

/** Returns words as the libraries take them. */
export function toWords(words: readonly Part[]): Part[] {
  const Buffer = bufferClass();
  return words.map((word) =>
    typeof word === 'string' ? word : Buffer.from(word.buffer, word.byteOffset, word.length),
  );
}

/** Returns the words by which a connection asks to be told of changes, itself. */
export function trackingWords(id: unknown, prefix: string): string[] {
  return ['CLIENT', 'TRACKING', 'ON', 'REDIRECT', String(id), 'BCAST', 'PREFIX', prefix];
}

/** Returns the error for what could not be done. */
export function failure(message: string, cause?: unknown): CacheConnectionError {
  const why = cause instanceof Error ? `: ${cause.message}` : '';
  return new CacheConnectionError('ERR_CACHE_CONNECTION', message + why, { cause });
}
