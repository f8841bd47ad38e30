/** Caches of several tabs and threads that hear of one another's changes. */

export * from '../channel/main.js';
