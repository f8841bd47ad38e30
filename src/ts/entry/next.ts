/** The entry `tidecache/next`. */

export * from '../adapters/next.js';
