/** The entry without the module: `await init(source)` brings it. */

export * from '../main.js';
