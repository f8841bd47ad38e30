/** The entry `tidecache/fastify`. */

export * from '../adapters/fastify.js';
