/** The response cache in workerd and other isolates that compile nothing at run time. */

import module from './http.wasm';
import '../http/node-files.js';
import { setHttpSource } from '../http/wasm.js';

setHttpSource(() => module);

export * from '../http/main.js';
