/** The page: reads what the program stores, stores what is typed. */
import { DistributedCache } from '../../pkg/cluster.js';
import { TTLCache } from '../../pkg/index.js';
import { natsEngine } from '../../pkg/nats.js';

const settings = await (await fetch('settings.json')).json();
const near = new TTLCache({ maxSize: 100 });
const cache = new DistributedCache({ engine: natsEngine(settings), near, timeout: '5s' });
const show = (id, text) => {
  document.getElementById(id).textContent = text;
};

/** Near copies are dropped when anybody changes the entry, so this asks the servers only then. */
async function refresh() {
  const read = (key) => cache.get(key, undefined, { consistency: 'one' });
  const [clock, note] = [await read('clock'), await read('note')];
  show('clock', clock?.toISOString() ?? 'not yet');
  show('stored', note ?? 'nothing');
  show('server', cache.nodes.map(({ id, state }) => `${id} ${state}`).join(', '));
}

document.querySelector('form').addEventListener('submit', async (event) => {
  event.preventDefault();
  await cache.set('note', document.getElementById('note').value, '1h');
  await refresh();
});

await cache.connect();
for (;;) {
  await refresh().catch((error) => show('server', error.message));
  await new Promise((resolve) => setTimeout(resolve, 250));
}
