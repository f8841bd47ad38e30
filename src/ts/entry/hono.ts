/** The entry `tidecache/hono`. */

export * from '../adapters/hono.js';
