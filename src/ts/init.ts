/** Bringing the module by hand: what `tidecache/slim` needs and the others may do early. */

import { CacheError, describe, wrongType } from './errors.js';
import { startWasm, type ModuleSource } from './wasm.js';

/**
 * Resolves when the WebAssembly module is compiled. Without `source` it is the one that the entry
 * carries; `tidecache/slim` carries none and takes the bytes, a `WebAssembly.Module`, a `Response`
 * or a URL to fetch. Once it has succeeded, further calls do nothing.
 * @throws {CacheError} `ERR_CACHE_WASM`: not found, not WebAssembly, or forbidden; the cause is
 * inside. The next call tries again.
 */
export async function init(source?: object | string): Promise<void> {
  await startWasm(source === undefined ? undefined : () => read(source));
}

async function read(source: object | string): Promise<ModuleSource> {
  if (ArrayBuffer.isView(source)) {
    // Not every engine compiles from a DataView.
    return new Uint8Array(source.buffer, source.byteOffset, source.byteLength);
  }
  if (source instanceof ArrayBuffer || source instanceof WebAssembly.Module) {
    return source;
  }
  if (typeof source !== 'string' && !(source instanceof URL)) {
    if (typeof Response === 'function' && source instanceof Response) {
      return readResponse(source);
    }
    throw wrongType(
      `init got ${describe(source)}; give bytes, a URL, a Response or a WebAssembly.Module`,
    );
  }
  let response: Response;
  try {
    response = await fetch(source);
  } catch (cause) {
    const message = `${String(source)} could not be fetched: ${String(cause)}`;
    throw new CacheError('ERR_CACHE_WASM', message, { cause });
  }
  return readResponse(response);
}

async function readResponse(response: Response): Promise<ArrayBuffer> {
  const name = response.url === '' ? 'the Response' : response.url;
  if (!response.ok) {
    const status = `${response.status} ${response.statusText}`.trim();
    throw new CacheError('ERR_CACHE_WASM', `${name} answered ${status}`, { cause: response });
  }
  try {
    return await response.arrayBuffer();
  } catch (cause) {
    const message = `${name} could not be read: ${String(cause)}`;
    throw new CacheError('ERR_CACHE_WASM', message, { cause });
  }
}
