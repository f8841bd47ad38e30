/** `LRUCache` in workerd and other isolates that compile nothing at run time. */

import module from './core.wasm';
import { setSource } from '../wasm.js';

setSource(() => module);

export * from '../lru/main.js';
