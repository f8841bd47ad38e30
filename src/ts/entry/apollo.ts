/** The entry `tidecache/apollo`. */

export * from '../adapters/apollo.js';
