/** The response cache for almost everybody: the module is inside, and compiled on first use. */

import { text } from '../../../target/wasm/http/inline.js';
import '../http/node-files.js';
import { setHttpSource } from '../http/wasm.js';
import { readModuleText } from '../module-text.js';

setHttpSource(() => readModuleText(text));

export * from '../http/main.js';
