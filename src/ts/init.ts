/** Bringing the module by hand: what `tidecache/slim` needs and the others may do early. */

import { readSource } from './module-source.js';
import { startWasm } from './wasm.js';

/**
 * Resolves when the WebAssembly module is compiled. Without `source` it is the one that the entry
 * carries; `tidecache/slim` carries none and takes the bytes, a `WebAssembly.Module`, a `Response`
 * or a URL to fetch. Once it has succeeded, further calls do nothing.
 * @throws {CacheError} `ERR_CACHE_WASM`: not found, not WebAssembly, or forbidden; the cause is
 * inside. The next call tries again.
 */
export async function init(source?: object | string): Promise<void> {
  await startWasm(source === undefined ? undefined : () => readSource(source));
}
