/**
 * A cluster in one page: three nodes in workers, and a client of them. Nothing is asked of a
 * server but these files.
 */

// In a program of yours: from 'tidecache/cluster'.
import { CacheQuorumError, DistributedCache } from '../../pkg/cluster.js';

const EPOCH = 1;
const DRAW_MS = 250;
const LOG_LINES = 12;
const VISITORS = 8;

const byId = (id) => document.getElementById(id);
const form = byId('calls');

/** The nodes by their ids: the worker of each, and a client that asks this node alone. */
const nodes = new Map();
for (const id of ['a', 'b', 'c']) nodes.set(id, start(id));

/** The client of all three; the defaults are two of three for reads and for writes. */
const cache = new DistributedCache({ nodes: addresses(), epoch: EPOCH, defaultTtl: '10m' });

/** Starts a node, which is empty. */
function start(id) {
  // Written like this, bundlers find the worker's file.
  const worker = new Worker(new URL('./node.mjs', import.meta.url), { type: 'module', name: id });
  const alone = new DistributedCache({ nodes: [{ id, address: openPort(worker) }] });
  return { worker, alone, port: openPort(worker) };
}

/** Returns one end of a channel whose other end the worker's node has. */
function openPort(worker) {
  const { port1, port2 } = new MessageChannel();
  worker.postMessage('attach', [port2]);
  return port1;
}

/** Returns how the client reaches the nodes; the id is what keys are placed by. */
function addresses() {
  return Array.from(nodes, ([id, { port }]) => ({ id, address: port }));
}

/** Ends a worker, and with it the memory of its node. Nobody is told. */
function terminate(id) {
  const { worker, alone } = nodes.get(id);
  worker.terminate();
  void alone.close();
  nodes.get(id).worker = undefined;
  log(`node ${id} ended, and its memory with it`);
}

/** Starts a worker in the place of one that has ended. */
async function replace(id) {
  nodes.set(id, start(id));
  // The same epoch and ids, one address is new: nothing moves, and nothing under way is disturbed.
  await cache.reconfigure(addresses(), EPOCH);
  log(`node ${id} is back, empty; what is written from now on reaches it`);
}

// By hand.

const shown = (value) => (value === undefined ? 'nothing' : JSON.stringify(value));

/** Runs one call, and logs what came of it. */
async function call(what, work) {
  const began = performance.now();
  const took = () => `${(performance.now() - began).toFixed(1)} ms`;
  try {
    log(`${what}: ${await work()} (${took()})`);
  } catch (error) {
    log(`${what}: ${describe(error)} (${took()})`, 'trouble');
  }
  await drawHeld();
}

/** Returns what an error says, in a line. */
function describe(error) {
  if (!(error instanceof CacheQuorumError)) return `${error.code ?? error.name}: ${error.message}`;
  const { code, received, required, causes } = error;
  const reasons = causes.map(({ node, state }) => `${node} ${state}`).join(', ');
  return `${code}, ${received} of ${required} answered: ${reasons}`;
}

form.addEventListener('submit', (event) => {
  event.preventDefault();
  const [key, value] = [form.elements.key.value, form.elements.value.value];
  if (event.submitter?.value === 'read') {
    void call(`get ${key}`, async () => shown(await cache.get(key)));
  } else {
    void call(`set ${key} to ${shown(value)}`, async () => {
      await cache.set(key, value);
      return 'two of three have it';
    });
  }
});

// Under load.

const counts = { done: 0, failed: 0, wrong: 0 };
let isLoaded = false;

/** One visitor: writes a number, reads it back, and again. Nobody else writes its key. */
async function visit(visitor) {
  const key = `visitor ${visitor}`;
  for (let number = 0; isLoaded; number++) {
    try {
      await cache.set(key, number);
      const read = await cache.get(key);
      counts.done += 2;
      // A miss may be; an old value never.
      if (read !== undefined && read !== number) counts.wrong += 1;
    } catch {
      counts.failed += 1;
    }
    // Lets the page breathe.
    await new Promise((resolve) => setTimeout(resolve));
  }
}

byId('load').addEventListener('click', () => {
  isLoaded = !isLoaded;
  write(byId('load'), isLoaded ? 'Stop' : 'Start');
  for (let visitor = 0; isLoaded && visitor < VISITORS; visitor++) void visit(visitor);
});

// What is seen.

const [template] = byId('nodes').children;
const cards = new Map();
for (const id of nodes.keys()) {
  const card = template.cloneNode(true);
  card.querySelector('h3').textContent = `Node ${id}`;
  card.querySelector('button').addEventListener('click', () => {
    if (nodes.get(id).worker !== undefined) terminate(id);
    else void replace(id).catch((error) => log(describe(error), 'trouble'));
    draw();
  });
  cards.set(id, card);
}
byId('nodes').replaceChildren(...cards.values());

/** Writes a text where it is another one: what has not changed is not read out again. */
function write(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

function draw() {
  for (const { id, state, rttMs } of cache.nodes) {
    const card = cards.get(id);
    const isThere = nodes.get(id).worker !== undefined;
    card.dataset.state = state;
    const meanings = {
      up: `Up, answers in ${rttMs.toFixed(1)} ms`,
      suspect: 'Suspect: does not answer',
      down: 'Down: there is no link to it',
    };
    write(card.querySelector('.state'), meanings[state]);
    write(card.querySelector('button'), isThere ? `Terminate ${id}` : `Start ${id} anew`);
  }
  for (const [name, count] of Object.entries(counts)) {
    write(byId(name), count.toLocaleString('en'));
  }
  byId('failed').classList.toggle('trouble', counts.failed > 0);
  byId('wrong').classList.toggle('trouble', counts.wrong > 0);
}

/** Asks each node alone what it holds under the key of the form. */
async function drawHeld() {
  const key = form.elements.key.value;
  const ask = async ([id, { worker, alone }]) => {
    const held = cards.get(id).querySelector('.held');
    if (worker === undefined) return write(held, 'Its worker has ended');
    const value = await alone.get(key).catch(() => undefined);
    const isCurrent = nodes.get(id).worker === worker && form.elements.key.value === key;
    if (isCurrent) write(held, value === undefined ? 'Holds nothing' : `Holds ${shown(value)}`);
  };
  await Promise.all(Array.from(nodes, ask));
}

function log(text, kind = '') {
  const line = document.createElement('li');
  line.textContent = text;
  line.className = kind;
  byId('log').prepend(line);
  while (byId('log').childElementCount > LOG_LINES) byId('log').lastElementChild.remove();
}

setInterval(() => {
  draw();
  void drawHeld();
}, DRAW_MS);

/** Waits for the nodes, whose workers may still be starting. */
async function connect() {
  for (;;) {
    try {
      await cache.connect();
      return log('two of three can be reached');
    } catch (error) {
      log(describe(error), 'trouble');
      if (!(error instanceof CacheQuorumError)) return;
    }
  }
}

void connect();
