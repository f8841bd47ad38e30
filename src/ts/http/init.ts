/** Bringing the module by hand: what `tidecache/http/slim` needs, and the others may do early. */

import { readSource } from '../module-source.js';
import { startHttp } from './wasm.js';

/**
 * Resolves when the WebAssembly module is compiled, which happens beside other work. Without
 * `source` it is the one that the entry carries; `tidecache/http/slim` carries none and takes the
 * bytes of `tidecache/http.wasm`, a `WebAssembly.Module`, a `Response`, a URL to fetch, or a
 * promise of one. Until then requests go to the network, and wait for the module only if that
 * fails.
 * @throws {CacheError} `ERR_CACHE_WASM`: not found, not WebAssembly, or forbidden; the cause is
 * inside. The next call tries again.
 */
export async function init(source?: object | string | Promise<object | string>): Promise<void> {
  await startHttp(source === undefined ? undefined : async () => readSource(await source));
}
