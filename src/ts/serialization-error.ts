import { CacheError, branded } from './errors.js';

/**
 * A value that the codec or bytes cannot carry, bytes that cannot be read
 * (`ERR_CACHE_SERIALIZATION`), or a snapshot that is damaged or foreign (`ERR_CACHE_SNAPSHOT`).
 */
export class CacheSerializationError extends CacheError {
  static {
    branded(this, 'CacheSerializationError');
  }
}
