/** The entry `tidecache/unstorage`. */

export * from '../adapters/unstorage.js';
