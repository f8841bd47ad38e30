/** Users' code for `tidecache/persist` and `tidecache/channel`, and what the compiler refuses. */
import { TTLCache } from 'tidecache';
import { broadcast, joinBy, type CacheChannel } from 'tidecache/channel';
import { dump, file, indexedDb, load, persistIn, type PersistentStore } from 'tidecache/persist';

const store: PersistentStore = {
  read: async () => undefined,
  write: async (snapshot: Uint8Array) => {
    snapshot.fill(0);
  },
};
const channel: CacheChannel = {
  post: (message: Uint8Array) => {
    message.fill(0);
  },
  onMessage: () => () => undefined,
};

export const cache = new TTLCache<number>({
  persist: indexedDb('name', { delay: '2s' }),
  channel: broadcast('name', { warm: true, warmTimeout: 100 }),
});
export const others = [
  new TTLCache({ persist: file('cache.bin') }),
  new TTLCache({ persist: persistIn(store, { loadTimeout: '1s' }), channel: joinBy(channel) }),
];
export const bytes: Promise<Uint8Array> = dump(cache);
export const count: Promise<number> = load(cache, new Uint8Array());

// @ts-expect-error: a snapshot is bytes
void load(cache, 'text');
// @ts-expect-error: a store reads and writes
persistIn({ read: store.read });
// @ts-expect-error: there is no such option
broadcast('name', { warmth: true });
// @ts-expect-error: a store of bytes has to go through persistIn
void new TTLCache({ persist: store });
