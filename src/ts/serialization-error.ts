import { branded, CacheError } from './errors.js';

/**
 * A value that the codec cannot carry, bytes it cannot read (`ERR_CACHE_SERIALIZATION`), or a
 * snapshot that is damaged or foreign (`ERR_CACHE_SNAPSHOT`).
 */
export class CacheSerializationError extends CacheError {
  static {
    branded(this, 'CacheSerializationError');
  }
}
