/**
 * The playground: one `TTLCache` of the packed package under a load that the page makes.
 *
 * The load runs on animation frames, so a hidden page rests. The page is drawn four times a second,
 * once a second for those who want less motion. What it shows is read by calls that neither count as
 * reads nor as uses, so looking changes nothing.
 */
import { CacheError, TTLCache, duration } from './pkg/index.js';

const byId = (id) => document.getElementById(id);
const settings = byId('settings');
const calm = matchMedia('(prefers-reduced-motion: reduce)');

/** Samples in the chart, and how many of them one reading of the hit rate covers. */
const SAMPLES = 120;
const SAMPLE_MS = 250;
const READING_SAMPLES = 8;
const ROWS = 12;
const LOG_LINES = 6;
/** After a pause nothing is made up for. */
const FRAME_MS_MAX = 100;
const TTLS = ['1s', '2s', '3s', '5s', '10s', '20s', '30s', '1m', '5m', Infinity];

/** Returns the number that a slider means, on a scale of equal ratios. */
const ratioScale = ({ value, max }, least, most) =>
  Number((least * (most / least) ** (value / max)).toPrecision(2));

/** Returns what the settings say now. */
function readSettings() {
  const { speed, keys, skew, size, ttl, sliding, policy } = settings.elements;
  return {
    speed: ratioScale(speed, 10, 10_000),
    keys: ratioScale(keys, 50, 5_000),
    skew: Number(skew.value),
    maxSize: ratioScale(size, 10, 1_000),
    ttl: TTLS[ttl.value],
    sliding: sliding.checked,
    evictionPolicy: policy.value,
  };
}

/** Writes the meaning of each slider beside it, and tells it to those who do not see it move. */
function showSettings({ speed, keys, skew, maxSize, ttl }) {
  const texts = {
    speed: speed.toLocaleString('en'),
    keys: keys.toLocaleString('en'),
    skew: skew.toFixed(2),
    size: maxSize.toLocaleString('en'),
    ttl: ttl === Infinity ? 'for ever' : ttl.replace(/(\d+)(\w)/, '$1 $2'),
  };
  for (const [name, text] of Object.entries(texts)) {
    settings.elements[`${name}Text`].value = text;
    settings.elements[name].setAttribute('aria-valuetext', text);
  }
}

let wanted = readSettings();
/** Keys that were set by hand, the newest first. */
let yours = [];
let cache = makeCache(wanted);

function makeCache({ maxSize, evictionPolicy, sliding }) {
  return new TTLCache({
    maxSize,
    evictionPolicy,
    sliding,
    cleanupInterval: '1s',
    notifyOn: ['evicted', 'expired'],
    onEvicted(key, _value, reason) {
      if (yours.includes(key)) log(`${key} left: ${reason}`);
    },
  });
}

/**
 * Moves all entries to a new cache, each with the life it has left. Nothing here waits for more than
 * a microtask, so no frame and no event sees the move half done.
 */
async function replaceCache(next) {
  const [old, fresh] = [cache, makeCache(next)];
  cache = fresh;
  counted = { hits: 0, misses: 0 };
  for (const [key, value] of await old.items()) {
    const entry = await old.getEntry(key);
    if (entry === undefined) continue;
    const left = Math.max(1, entry.expiresAt - Date.now());
    await fresh.set(key, value, next.sliding ? next.ttl : left);
  }
  await old.close();
}

// The load: visitors by Zipf's law.

let sums = new Float64Array(0);

function setPopularity({ keys, skew }) {
  sums = new Float64Array(keys);
  let sum = 0;
  for (let rank = 0; rank < keys; rank++) sums[rank] = sum += (rank + 1) ** -skew;
}

function drawPage() {
  const drawn = Math.random() * sums.at(-1);
  let [low, high] = [0, sums.length - 1];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (sums[middle] > drawn) high = middle;
    else low = middle + 1;
  }
  return `page/${low + 1}`;
}

/** Makes requests as the time since the last ones asks for. */
function request(count) {
  const { sync } = cache;
  for (let made = 0; made < count; made++) {
    const key = drawPage();
    if (sync.get(key) === undefined) sync.set(key, `the ${key}`, wanted.ttl);
  }
}

let paused = false;
let lastFrame = performance.now();
let owed = 0;

function frame(now) {
  const elapsed = Math.min(now - lastFrame, FRAME_MS_MAX);
  lastFrame = now;
  if (!paused) {
    owed += (elapsed / 1000) * wanted.speed;
    const count = Math.floor(owed);
    owed -= count;
    if (!attempt(() => request(count))) return;
  }
  requestAnimationFrame(frame);
}

// The level of the sea.

let samples = [];
let counted = { hits: 0, misses: 0 };

/** Notes what was counted since the last sample. */
function sample() {
  if (paused) return;
  const { hits, misses } = cache.getStats();
  samples.push({ hits: hits - counted.hits, reads: hits + misses - counted.hits - counted.misses });
  samples = samples.slice(-SAMPLES - READING_SAMPLES);
  counted = { hits, misses };
}

/** Returns the hit rate in percent over the samples up to `end`. */
function rateUntil(end) {
  const window = samples.slice(Math.max(0, end - READING_SAMPLES), end);
  const reads = window.reduce((sum, each) => sum + each.reads, 0);
  const hits = window.reduce((sum, each) => sum + each.hits, 0);
  return reads === 0 ? 0 : (100 * hits) / reads;
}

function drawTide() {
  const ends = Array.from({ length: Math.min(SAMPLES + 1, samples.length) }, (_, back) => back);
  const points = ends
    .reverse()
    .map((back) => ({ x: SAMPLES - back, y: 100 - rateUntil(samples.length - back) }));
  if (points.length < 2) return;
  const line = smooth(points);
  byId('surface').setAttribute('d', line);
  byId('water').setAttribute('d', `${line}V100H${points[0].x}Z`);
  const rate = rateUntil(samples.length).toFixed(1);
  byId('rate').textContent = rate;
  byId('chart').setAttribute(
    'aria-label',
    `The hit rate of the last half minute; now ${rate} percent`,
  );
}

/** Returns a path through the middles between the points, bent at each of them. */
function smooth(points) {
  const text = ({ x, y }) => `${x} ${y.toFixed(1)}`;
  const bends = points.slice(1, -1).map((point, at) => {
    const next = points[at + 2];
    return `Q${text(point)} ${text({ x: (point.x + next.x) / 2, y: (point.y + next.y) / 2 })}`;
  });
  return `M${text(points[0])}${bends.join('')}L${text(points.at(-1))}`;
}

// Counts and entries.

const formats = { wasmBytes: (bytes) => `${(bytes / 1024).toFixed(1)} kB` };

function drawCounts() {
  const stats = cache.getStats();
  for (const place of document.querySelectorAll('[data-count]')) {
    const { count } = place.dataset;
    place.textContent = formats[count]?.(stats[count]) ?? stats[count].toLocaleString('en');
  }
}

const rows = Array.from({ length: ROWS }, () => {
  const row = byId('entries').insertRow();
  const [key, life, left] = [row.insertCell(), row.insertCell(), row.insertCell()];
  left.className = 'number';
  const bar = document.createElement('div');
  bar.className = 'life';
  life.append(bar);
  return { row, key, bar, left };
});

async function drawEntries() {
  const pages = Array.from({ length: ROWS }, (_, rank) => `page/${rank + 1}`);
  const keys = [...yours, ...pages].slice(0, ROWS);
  const from = cache;
  const entries = await Promise.all(keys.map((key) => from.getEntry(key)));
  const now = Date.now();
  rows.forEach((row, at) => drawEntry(row, keys[at], entries[at], now));
}

function drawEntry({ row, key, bar, left }, name, entry, now) {
  const leftMs = entry === undefined ? 0 : entry.expiresAt - now;
  const part = leftMs === Infinity ? 1 : Math.min(1, leftMs / wholeLife(entry));
  key.textContent = name;
  key.title = entry === undefined ? '' : String(entry.value);
  bar.style.setProperty('--left', `${(100 * part).toFixed(1)}%`);
  left.textContent = entry === undefined ? 'not held' : formatSpan(leftMs);
  row.classList.toggle('yours', yours.includes(name));
  row.classList.toggle('absent', entry === undefined);
  row.classList.toggle('low', entry !== undefined && part < 0.2);
}

/** Returns the longest that the bar of an entry stands for. */
function wholeLife(entry) {
  if (entry === undefined) return 1;
  return wanted.ttl === Infinity ? entry.expiresAt - entry.createdAt : duration(wanted.ttl);
}

function formatSpan(ms) {
  if (ms === Infinity) return 'for ever';
  return ms < 60_000 ? `${(ms / 1000).toFixed(1)} s` : `${(ms / 60_000).toFixed(1)} min`;
}

// Calls by hand.

const call = {
  async set(key, value) {
    yours = [key, ...yours.filter((other) => other !== key)].slice(0, 4);
    return [
      `set(${quote(key)}, ${quote(value)}, ${quote(wanted.ttl)})`,
      await cache.set(key, value, wanted.ttl),
    ];
  },
  get: async (key) => [`get(${quote(key)})`, await cache.get(key)],
  delete: async (key) => [`delete(${quote(key)})`, await cache.delete(key)],
  clear: async () => ['clear()', await cache.clear()],
};

const quote = (value) => (typeof value === 'string' ? JSON.stringify(value) : String(value));

function log(line) {
  const item = document.createElement('li');
  item.textContent = line;
  byId('log').prepend(item);
  while (byId('log').children.length > LOG_LINES) byId('log').lastChild.remove();
}

// What listens.

byId('calls').addEventListener('submit', async (event) => {
  event.preventDefault();
  const { key, value } = event.target.elements;
  const [text, answer] = await call[event.submitter?.value ?? 'set'](key.value, value.value);
  log(`${text} \u2192 ${quote(answer)}`);
  void draw();
});

settings.addEventListener('submit', (event) => event.preventDefault());

settings.addEventListener('input', () => {
  const before = wanted;
  wanted = readSettings();
  showSettings(wanted);
  setPopularity(wanted);
  const isNew = ['maxSize', 'evictionPolicy', 'sliding'].some(
    (name) => wanted[name] !== before[name],
  );
  if (isNew) void replaceCache(wanted);
});

byId('pause').addEventListener('click', () => {
  paused = !paused;
  byId('pause').textContent = paused ? 'Go on' : 'Pause';
  byId('pause').setAttribute('aria-pressed', String(paused));
});

/** Does something with the cache, or says why it cannot be done. */
function attempt(action) {
  try {
    action();
    return true;
  } catch (error) {
    if (!(error instanceof CacheError)) throw error;
    byId('trouble').textContent = `${error.code}: ${error.message}`;
    byId('trouble').hidden = false;
    return false;
  }
}

async function draw() {
  drawTide();
  drawCounts();
  await drawEntries();
}

let ticks = 0;

function tick() {
  sample();
  ticks++;
  if (document.hidden || (calm.matches && ticks % 4 !== 0)) return;
  void draw();
}

showSettings(wanted);
setPopularity(wanted);
if (attempt(() => request(1))) {
  requestAnimationFrame(frame);
  setInterval(tick, SAMPLE_MS);
}
