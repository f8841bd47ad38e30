/** The entry of almost everybody: the module is inside, and compiled on first use. */

import { text } from '../../../target/wasm/core/inline.js';
import { readModuleText } from '../module-text.js';
import '../turn.js';
import { setSource } from '../wasm.js';

setSource(() => readModuleText(text));

export * from '../main.js';
