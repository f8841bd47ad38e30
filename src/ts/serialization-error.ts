import { CacheError, branded } from './errors.js';

/** A value that bytes cannot carry, or bytes that cannot be read (`ERR_CACHE_SERIALIZATION`). */
export class CacheSerializationError extends CacheError {
  static {
    branded(this, 'CacheSerializationError');
  }
}
