/** What makes an engine of a store: it checks a cache's options by what the store can do. */

import { finite, readMethods, readTtl } from '../cluster/cluster-options.js';
import { CacheError, wrongType } from '../errors.js';
import { checkNames } from '../options.js';
import { EngineOperations, type EngineConfig } from './engine-operations.js';
import type { EngineCapabilities, EngineStore } from './engine-store.js';
import {
  OPERATE,
  STORE,
  type Engine,
  type EngineCache,
  type EngineOptions,
  type WorkingEngine,
} from './engine.js';

const NAMES: readonly (keyof EngineOptions<unknown>)[] = [
  'engine',
  'token',
  'near',
  'codec',
  'defaultTtl',
  'timeout',
];
/** What the engine decides by itself. */
const OF_NODES = [
  'nodes',
  'epoch',
  'replicationFactor',
  'readQuorum',
  'writeQuorum',
  'readRepair',
  'hedge',
  'maxTtl',
  'WebSocket',
];

/** Returns an engine that works by `store`. */
export function makeEngine(
  name: string,
  capabilities: EngineCapabilities,
  store: EngineStore,
): Engine {
  let isTaken = false;
  const engine: WorkingEngine = {
    name,
    capabilities: Object.freeze({ ...capabilities }),
    [STORE]: store,
    [OPERATE]: (options) => {
      const config = readEngineOptions(name, capabilities, options);
      if (isTaken) {
        throw wrongType('this engine has a cache already; make one for each');
      }
      isTaken = true;
      return cacheOn(store, config);
    },
  };
  return Object.freeze(engine);
}

function cacheOn<V>(store: EngineStore, config: EngineConfig<V>): EngineCache<V> {
  return { operations: new EngineOperations(store, config), defaults: config };
}

/**
 * Returns the checked options.
 * @throws {CacheError} `ERR_CACHE_UNSUPPORTED`: what this engine cannot do.
 */
function readEngineOptions<V>(
  name: string,
  capabilities: EngineCapabilities,
  options: EngineOptions<V>,
): EngineConfig<V> {
  const given = Object.entries(options).filter(([, value]) => value !== undefined);
  const foreign = given.find(([option]) => OF_NODES.includes(option))?.[0];
  if (foreign !== undefined) {
    throw lacking(name, `the option '${foreign}'`);
  }
  checkNames(options, NAMES);
  if (options.token !== undefined) {
    throw lacking(name, "the option 'token' of the cache; its own credentials are its options");
  }
  if (options.near !== undefined && !capabilities.watch) {
    throw lacking(name, "the option 'near', for it does not tell of changes");
  }
  const { defaultTtl = '5m', timeout = '1s' } = options;
  return {
    engine: name,
    capabilities,
    defaultTtl: readTtl(defaultTtl, 'defaultTtl', capabilities.maxTtlMs),
    maxTtl: capabilities.maxTtlMs,
    canCompare: capabilities.compareAndSet,
    timeout: finite(timeout, 'timeout'),
    near: readMethods(options.near, 'near', ['get', 'set', 'delete', 'clear'], 'a TTLCache'),
    codec: readMethods(options.codec, 'codec', ['encode', 'decode'], '{ encode, decode }'),
  };
}

function lacking(name: string, what: string): CacheError {
  return new CacheError('ERR_CACHE_UNSUPPORTED', `the engine '${name}' has no use for ${what}`);
}
