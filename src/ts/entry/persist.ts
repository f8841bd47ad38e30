/** Snapshots of a cache, and caches that outlive their page or process. */

export * from '../persist/main.js';
