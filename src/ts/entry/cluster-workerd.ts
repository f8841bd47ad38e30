/** The distributed cache in workerd and other isolates that compile nothing at run time. */

import module from './cluster.wasm';
import { setModuleSource } from '../cluster/module.js';

setModuleSource(() => module);

export * from '../cluster/main.js';
