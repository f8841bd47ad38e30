/** A page that asks for tides as any page would; its worker decides where they come from. */

const HARBOURS = ['skerry', 'marsh', 'lantern', 'gullwing'];
const WIDTH = 240;
const HEIGHT = 64;

const byId = (id) => document.getElementById(id);

/** Returns an element with attributes and children. */
function element(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [attribute, value] of Object.entries(attributes)) made.setAttribute(attribute, value);
  made.append(...children);
  return made;
}

/** Starts the worker and waits until it answers for this page. */
async function startWorker() {
  await navigator.serviceWorker.register('sw.mjs', { type: 'module' });
  await navigator.serviceWorker.ready;
  if (navigator.serviceWorker.controller === null) {
    await new Promise((resolve) =>
      navigator.serviceWorker.addEventListener('controllerchange', resolve, { once: true }),
    );
  }
}

/** Asks the worker by hand; resolves with its statistics. */
function ask(what) {
  const { port1, port2 } = new MessageChannel();
  navigator.serviceWorker.controller.postMessage(what, [port2]);
  return new Promise((resolve) => {
    port1.onmessage = ({ data }) => resolve(data);
  });
}

/** What the worker says of a response, in words. */
function sourceOf(response) {
  const said = response.headers.get('cache-status') ?? '';
  const [, ttl] = /ttl=(-?\d+)/.exec(said) ?? [];
  if (/;hit/.test(said)) {
    return Number(ttl) < 0 ? ['cache, stale', 'stale'] : [`cache, fresh for ${ttl} s`, 'cache'];
  }
  return /fwd-status=304/.test(said) ? ['cache, confirmed', 'cache'] : ['network', 'network'];
}

/** Asks for one harbour. */
async function load(name) {
  const began = performance.now();
  const response = await fetch(`harbours/${name}.json`);
  const tides = await response.json();
  return { name, tides, source: sourceOf(response), ms: performance.now() - began };
}

/** Draws a day's heights as a curve. */
function curve(heights) {
  const space = 'http://www.w3.org/2000/svg';
  const svg = document.createElementNS(space, 'svg');
  const [low, high] = [Math.min(...heights), Math.max(...heights)];
  const x = (at) => ((at / (heights.length - 1)) * WIDTH).toFixed(1);
  const y = (height) => (HEIGHT - 4 - ((height - low) / (high - low)) * (HEIGHT - 8)).toFixed(1);
  const line = heights.map((height, at) => `${x(at)},${y(height)}`).join(' ');
  svg.setAttribute('viewBox', `0 0 ${WIDTH} ${HEIGHT}`);
  svg.setAttribute('role', 'img');
  svg.setAttribute('aria-label', `From ${low} to ${high} metres`);
  for (const [kind, points] of [
    ['water', `0,${HEIGHT} ${line} ${WIDTH},${HEIGHT}`],
    ['line', line],
  ]) {
    const drawn = document.createElementNS(space, kind === 'water' ? 'polygon' : 'polyline');
    drawn.setAttribute('points', points);
    drawn.setAttribute('class', kind);
    svg.append(drawn);
  }
  return svg;
}

/** Returns the card of a harbour. */
function card({ name, tides }) {
  const next = tides.high.map((time) => element('li', {}, time));
  return element(
    'li',
    { class: 'panel' },
    element('img', { src: `harbours/${name}.svg`, alt: '', width: 320, height: 120 }),
    element('h3', {}, tides.name),
    element('p', { class: 'note' }, tides.about),
    curve(tides.heights),
    element(
      'div',
      { class: 'times' },
      element('span', {}, 'High water'),
      element('ul', {}, ...next),
    ),
  );
}

/** Returns the line that says where a harbour's tides came from. */
function row({ tides, source: [words, kind], ms }) {
  return element(
    'tr',
    {},
    element('th', { scope: 'row' }, tides.name),
    element('td', { class: kind }, words),
    element('td', { class: 'number' }, `${ms.toFixed(1)} ms`),
  );
}

/** Asks for everything and shows it. */
async function show() {
  try {
    const loaded = await Promise.all(HARBOURS.map(load));
    if (byId('harbours').childElementCount === 0) byId('harbours').append(...loaded.map(card));
    byId('why').replaceChildren(...loaded.map(row));
    const { entries, bytes, hits, misses } = await ask('stats');
    const kilobytes = (bytes / 1000).toLocaleString('en', { maximumFractionDigits: 1 });
    byId('held').textContent =
      `${entries} responses in ${kilobytes} kB; ${hits} served from the cache, ` +
      `${misses} asked of the network since the worker started.`;
  } catch (error) {
    byId('held').textContent = `Not to be had: ${error.message}`;
  }
  byId('state').textContent = navigator.onLine ? 'Online' : 'Offline';
  byId('state').dataset.state = navigator.onLine ? 'online' : 'offline';
}

byId('again').addEventListener('click', () => void show());
byId('forget').addEventListener('click', async () => {
  await ask('forget');
  await show();
});
for (const event of ['online', 'offline']) addEventListener(event, () => void show());
await startWorker();
await show();
