/** What a module may be brought as: bytes, a `WebAssembly.Module`, a `Response`, a URL to fetch. */

import { CacheError, describe, wrongType } from './errors.js';
import type { ModuleSource } from './wasm.js';

/**
 * Resolves with the module that `source` is or leads to.
 * @throws {CacheError} `ERR_CACHE_WASM`: not found; the cause is inside.
 */
export async function readSource(source: object | string): Promise<ModuleSource> {
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
