/**
 * What `tidecache/persist` and `tidecache/channel` do in every runtime, as `contract.mjs` is for the
 * caches: the function stands alone and goes into scripts as source text.
 */

/**
 * Keeps a cache's entries over its end, takes them over by hand, and joins three caches.
 * `keep(name)` returns what the option `persist` takes, `meet(options)` what `channel` does.
 */
export async function outlive({ TTLCache, dump, load }, keep, meet) {
  const result = {};
  const until = async (isSo) => {
    for (let turn = 0; !isSo(); turn++) {
      if (turn === 1000) throw new Error(`after ten seconds: ${JSON.stringify(result)}`);
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  };

  const first = new TTLCache({ persist: keep('first') });
  await first.set('map', new Map([['one', 1n]]), { tags: ['t'] });
  await first.namespace('space').set('k', ['kept']);
  await first.close();
  const second = new TTLCache({ persist: keep('first') });
  const kept = (await second.get('map'))?.get('one') === 1n;
  result.kept = [kept, await second.namespace('space').get('k'), second.size];

  const copy = new TTLCache();
  result.loaded = await load(copy, await dump(second));
  result.tagged = await copy.invalidateTags('t');
  const damaged = load(copy, new Uint8Array(9));
  result.refused = await damaged.catch(({ name, code }) => `${name} ${code}`);
  for (const cache of [second, copy]) await cache.close();

  const [one, other] = [new TTLCache({ channel: meet() }), new TTLCache({ channel: meet() })];
  await one.set('k', 'old');
  await one.set('apart', 1);
  await other.set('k', 'newer');
  await until(() => !one.sync.has('k'));
  await one.set('k', 'newest');
  await until(() => !other.sync.has('k'));
  result.heard = [await one.get('k'), await other.get('k', 'gone'), await one.get('apart')];
  const warm = new TTLCache({ channel: meet({ warm: true, warmTimeout: '10s' }) });
  result.warmed = await warm.get('k');
  await other.clear();
  await until(() => one.size + warm.size === 0);
  for (const cache of [one, other, warm]) await cache.close();
  return result;
}

/** What {@link outlive} returns everywhere. */
export const OUTLIVED = {
  kept: [true, ['kept'], 2],
  loaded: 2,
  tagged: 1,
  refused: 'CacheSerializationError ERR_CACHE_SNAPSHOT',
  heard: ['newest', 'gone', 1],
  warmed: 'newest',
};

/** Where there are files, where there is IndexedDB, and where a cache has nothing but its caller. */
const IN_FILES = "(name) => file(`${name}.cache`), (options) => broadcast('outlive', options)";
const IN_DATABASES =
  '(name) => indexedDb(location.pathname + name), (options) => broadcast(location.pathname, options)';
const IN_HAND = `(name) => persistIn({
  read: async () => kept.get(name),
  write: async (bytes) => void kept.set(name, bytes.slice()),
}), (options) => {
  const end = {};
  ends.add(end);
  return joinBy({
    post(message) {
      for (const { listener } of [...ends].filter((one) => one !== end)) {
        queueMicrotask(() => listener?.(message.slice()));
      }
    },
    onMessage(listener) {
      end.listener = listener;
      return () => ends.delete(end);
    },
  }, options);
}`;

const imports = (from, suffix) => `import { TTLCache } from '${from}${suffix('index')}';
import { broadcast, joinBy } from '${from}/channel${suffix('')}';
import { dump, file, indexedDb, load, persistIn } from '${from}/persist${suffix('')}';
`;
const byName = imports('tidecache', () => '');
const byFile = (folder) => imports(folder, (name) => `${name && `/${name}`}.js`);

const call = (means) => `outlive({ TTLCache, dump, load }, ${means})`;
const print = 'outcome.then((result) => console.log(JSON.stringify(result)));';

/** Returns a module for runtimes with files, which prints the result. */
export const fileScript = () =>
  `${byName}${outlive}\nconst outcome = ${call(IN_FILES)};\n${print}\n`;

/** Returns a module for browsers, from the package below `folder` or else by name. */
export const browserScript = ({ folder, after }) =>
  `${folder === undefined ? byName : byFile(folder)}${outlive}
const outcome = ${call(IN_DATABASES)};\n${after}\n`;

/** Returns a module that answers requests with the result, as workerd wants it. */
export const workerScript = () => `${byName}${outlive}
export default {
  async fetch() {
    const kept = new Map();
    const ends = new Set();
    return Response.json(await ${call(IN_HAND)});
  },
};
`;
