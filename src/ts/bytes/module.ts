/** The WebAssembly module of bytes mode: one instance for all caches, compiled on first use. */

import { initSync } from '../../../target/wasm/bytes/bytes.js';
import { CacheError } from '../errors.js';

/** A module, or its bytes. */
export type ByteModuleSource = WebAssembly.Module | BufferSource;

let source: () => ByteModuleSource;
let memory: WebAssembly.Memory | undefined;

/** WebAssembly memory as bytes; empty once it has grown. */
export let bytes = new Uint8Array(0);
/** The same as words. */
export let words = new Uint32Array(0);

/** Says where the module comes from; called once by an entry. */
export function setByteSource(from: () => ByteModuleSource): void {
  source = from;
}

/** Makes the views anew if memory has grown since. */
export function refreshViews(): void {
  if (words.length === 0) {
    const buffer = memory?.buffer as ArrayBuffer;
    bytes = new Uint8Array(buffer);
    words = new Uint32Array(buffer);
  }
}

/** @throws {CacheError} `ERR_CACHE_WASM`, with the engine's error as cause. */
export function startBytesSync(): void {
  if (memory === undefined) {
    instantiate(source);
  }
}

/** @throws {CacheError} `ERR_CACHE_WASM`, with the engine's error as cause. */
export async function startBytes(): Promise<void> {
  if (memory !== undefined) {
    return;
  }
  let module = source();
  try {
    module = module instanceof WebAssembly.Module ? module : await WebAssembly.compile(module);
  } catch (cause) {
    throw wasmError(cause);
  }
  if (memory === undefined) {
    instantiate(() => module);
  }
}

function instantiate(from: () => ByteModuleSource): void {
  try {
    const module = from();
    const compiled = module instanceof WebAssembly.Module ? module : new WebAssembly.Module(module);
    memory = initSync({ module: compiled }).memory;
  } catch (cause) {
    throw wasmError(cause);
  }
}

function wasmError(cause: unknown): CacheError {
  return new CacheError(
    'ERR_CACHE_WASM',
    `the WebAssembly module of bytes mode does not compile or load (${String(cause)}); under a ` +
      "Content-Security-Policy it needs 'wasm-unsafe-eval' in script-src",
    { cause },
  );
}
