/** The contract as source text, in the form that each kind of scope wants. */
import { contract, NAMES } from './contract.mjs';

const list = NAMES.join(', ');
const print = 'outcome.then((result) => console.log(JSON.stringify(result)));';

/** With a `source`, an expression, the module is brought from there first, as slim wants it. */
const body = (source, after) => `${contract}
const outcome = ${source === undefined ? '' : `init(${source}).then(() => `}contract({ ${list} })${
  source === undefined ? '' : ')'
};
${after}
`;

/**
 * Returns a module that imports the package from `from` and runs the contract. `before` stands at
 * its beginning; `after` at its end, where `outcome` is a promise of the result.
 */
export const moduleScript = ({ from = 'tidecache', before = '', source, after = print } = {}) =>
  `${before}import { ${list} } from '${from}';\n${body(source, after)}`;

/** Returns the same in CommonJS. */
export const commonScript = ({ from = 'tidecache', before = '', source, after = print } = {}) =>
  `${before}const { ${list} } = require('${from}');\n${body(source, after)}`;

/** Returns a module whose default export answers requests with the result, as workerd wants it. */
export const fetchScript = () => `import { ${list} } from 'tidecache';
${contract}
export default {
  async fetch() {
    return Response.json(await contract({ ${list} }));
  },
};
`;

/** Loads the package both ways and says whether they are one. */
export const BOTH_WAYS = `
import { createRequire } from 'node:module';
import * as imported from 'tidecache';
const required = createRequire(import.meta.url)('tidecache');
const cache = new required.TTLCache();
cache.get(1).catch((error) => {
  console.log(JSON.stringify({
    sameClass: imported.TTLCache === required.TTLCache,
    caught: error instanceof imported.CacheError && error instanceof imported.CacheKeyError,
  }));
});
`;

/** What {@link BOTH_WAYS} prints. */
export const ONE = { sameClass: true, caught: true };
