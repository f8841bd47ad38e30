/** The engine of those who have Redis or Valkey, by a client that they have. */

export { redisEngine } from '../engines/redis/redis-engine.js';
export type { RedisOptions } from '../engines/redis/redis-engine.js';
export type { Engine } from '../engines/engine.js';
