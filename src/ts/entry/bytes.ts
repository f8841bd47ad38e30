/** Bytes mode for almost everybody: the module is inside, and compiled on first use. */

import { text } from '../../../target/wasm/bytes/inline.js';
import { setByteSource } from '../bytes/module.js';
import { readModuleText } from '../module-text.js';

setByteSource(() => readModuleText(text));

export * from '../bytes/main.js';
