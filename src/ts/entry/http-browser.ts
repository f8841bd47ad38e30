/** The response cache for bundles that run in browsers: without files. */

import { text } from '../../../target/wasm/http/inline.js';
import { setHttpSource } from '../http/wasm.js';
import { readModuleText } from '../module-text.js';

setHttpSource(() => readModuleText(text));

export * from '../http/main.js';
