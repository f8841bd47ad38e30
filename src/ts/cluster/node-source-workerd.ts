import module from './node.wasm';
import type { ModuleSource } from './module.js';

/** Returns the node's module, in workerd and other isolates that compile nothing at run time. */
export const nodeSource: ModuleSource = () => module;
