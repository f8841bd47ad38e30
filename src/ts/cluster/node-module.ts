import { initSync } from '../../../target/wasm/node/node.js';
import { nodeSource } from './node-source.js';
import { WasmModule } from './module.js';

let module: WasmModule | undefined;

/** Returns the module of all nodes; made when asked for, so that bundlers may leave it out. */
export function nodeModule(): WasmModule {
  return (module ??= new WasmModule(nodeSource, initSync));
}
