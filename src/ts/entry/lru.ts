/** `LRUCache` for almost everybody: the module is inside, and compiled with the first cache. */

import { text } from '../../../target/wasm/core/inline.js';
import { readModuleText } from '../module-text.js';
import { setSource } from '../wasm.js';

setSource(() => readModuleText(text));

export * from '../lru/main.js';
