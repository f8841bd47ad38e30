/**
 * The cluster's WebAssembly modules: one instance for all clients of this entry, one for all nodes.
 * Who imports only one of the two classes gets only its module: bundlers leave out the other.
 *
 * A module is compiled with its first use, asynchronously, since everything here is a Promise. A
 * failed attempt leaves nothing behind, so the next call tries again.
 */

import { CacheError } from '../errors.js';

/** Gives a module or its bytes. */
export type ModuleSource = () =>
  WebAssembly.Module | BufferSource | Promise<WebAssembly.Module | BufferSource>;

/** One module. */
export class WasmModule {
  readonly #source: ModuleSource;
  readonly #instantiate: (options: { module: WebAssembly.Module }) => unknown;
  #isReady = false;
  /** Under way while somebody awaits {@link start}. */
  #starting: Promise<void> | undefined;

  constructor(
    source: ModuleSource,
    instantiate: (options: { module: WebAssembly.Module }) => unknown,
  ) {
    this.#source = source;
    this.#instantiate = instantiate;
  }

  /** Whether the module is there, so that its doors may be opened at once. */
  get isReady(): boolean {
    return this.#isReady;
  }

  /**
   * Resolves when the module is there.
   * @throws {CacheError} `ERR_CACHE_WASM`, with the engine's error as cause.
   */
  async start(): Promise<void> {
    if (!this.#isReady) {
      this.#starting ??= this.#start().finally(() => {
        this.#starting = undefined;
      });
      await this.#starting;
    }
  }

  async #start(): Promise<void> {
    try {
      const from = await this.#source();
      const module = from instanceof WebAssembly.Module ? from : await WebAssembly.compile(from);
      this.#instantiate({ module });
      this.#isReady = true;
    } catch (cause) {
      throw new CacheError(
        'ERR_CACHE_WASM',
        `the WebAssembly module does not compile or load (${String(cause)}); under a ` +
          "Content-Security-Policy it needs 'wasm-unsafe-eval' in script-src",
        { cause },
      );
    }
  }
}
