/** The entry `tidecache/keyv`. */

export * from '../adapters/keyv.js';
