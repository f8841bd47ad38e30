/** A cluster in the page: nodes in workers, which the visitor kills, pauses and cuts off. */

import { CacheQuorumError } from 'tidecache/cluster';

import { drawingMs, every, onFrames } from '../shell/frames';
import { Panel } from '../shell/panel';
import { sayMeaning, slider } from '../shell/slider';
import { write } from '../shell/table';
import { describe, showTrouble } from '../shell/trouble';
import { ClusterDrawing, type NodeLook } from './cluster-drawing';
import { guarantee, World, type Quorums, type WorldNode } from './cluster-world';
import { REAL_NODES_MARKUP, watchRealNodes } from './real-nodes';

const LOG_LINES = 10;
const PACE_MS = 700;

/** The panel at the address `#/cluster`. */
export class ClusterPanel extends Panel {
  /** The element's name. */
  static readonly tag = 'cluster-panel';

  protected readonly markup = `
    <header>
      <h1>Cluster</h1>
      <p class="lead">Every node is a worker of this page, and the wires between are message ports.
        Kill a node and its memory is gone; pause it and its messages wait; cut it off and it keeps
        what it has, which grows old.</p>
    </header>
    <div class="beside">
      <form class="card" autocomplete="off">
        <fieldset>
          <legend>Copies and quorums</legend>
          ${slider({ name: 'nodes', label: 'Nodes', min: 3, max: 7, value: 5 })}
          ${slider({ name: 'copies', label: 'Copies', note: '(N)', min: 1, max: 5, value: 3 })}
          ${slider({ name: 'read', label: 'Read by', note: '(R)', min: 1, max: 5, value: 2 })}
          ${slider({ name: 'write', label: 'Written to', note: '(W)', min: 1, max: 5, value: 2 })}
        </fieldset>
        <fieldset>
          <legend>By hand</legend>
          <div class="field"><label for="key">Key</label>
            <input id="key" name="key" value="tide" spellcheck="false" maxlength="64" /></div>
          <div class="buttons">
            <button type="button" class="first write-one">Write</button>
            <button type="button" class="read-one">Read</button>
            <button type="button" class="keep" aria-pressed="false">Keep going</button>
          </div>
        </fieldset>
        <dl class="counts">
          <div><dt>repairs</dt><dd class="repairs">0</dd></div>
          <div><dt>hints</dt><dd class="hints">0</dd></div>
          <div><dt>failed</dt><dd class="failed">0</dd></div>
          <div><dt>old reads</dt><dd class="wrong">0</dd></div>
        </dl>
      </form>
      <div>
        <section class="card" aria-labelledby="holds-title">
          <h2 id="holds-title">What holds now</h2>
          <p class="holds" role="status"></p>
        </section>
        <div class="beside halves">
          <section class="card" aria-labelledby="ring-title">
            <h2 id="ring-title">The nodes</h2>
            <ul class="legend"><li><i class="violet"></i>write</li><li><i class="sea"></i>read</li>
              <li><i class="quiet"></i>other</li></ul>
            <svg class="cluster" role="img" aria-label="The nodes"></svg>
          </section>
          <section class="card" aria-labelledby="nodes-title">
            <h2 id="nodes-title">The same as a table</h2>
            <div class="scroll" tabindex="0" role="region" aria-label="Nodes and what they hold">
              <table class="nodes">
                <thead><tr><th scope="col">node</th><th scope="col">state</th>
                  <th scope="col">holds</th><th scope="col">do</th></tr></thead>
                <tbody></tbody>
              </table>
            </div>
            <p class="note">The state as the client sees it; what is held by a wire of its own.</p>
          </section>
        </div>
        <section class="card" aria-labelledby="log-title">
          <h2 id="log-title">What happened</h2>
          <div role="log" aria-labelledby="log-title"><ol class="log"></ol></div>
        </section>
        <section class="card real-nodes" aria-labelledby="real-title">${REAL_NODES_MARKUP}</section>
      </div>
    </div>`;

  #world: World | undefined;
  #drawing: ClusterDrawing | undefined;
  #written = 0;
  /** The newest number that was acknowledged, by key: a hit may not be older. */
  readonly #acknowledged = new Map<string, number>();
  #underWay: { kind: string; label: string } = { kind: 'quiet', label: '' };
  #counts = { failed: 0, wrong: 0 };
  #isKept = false;

  protected start(signal: AbortSignal): void {
    this.#open();
    this.listen('form', 'input', ({ target }) => {
      if ((target as HTMLInputElement).type === 'range') {
        this.#open();
      }
    });
    this.listen('form', 'submit', (event) => {
      event.preventDefault();
      void this.#write();
    });
    this.listen('.write-one', 'click', () => void this.#write());
    this.listen('.read-one', 'click', () => void this.#read());
    this.listen('.keep', 'click', () => {
      this.#isKept = !this.#isKept;
      this.find('.keep').setAttribute('aria-pressed', String(this.#isKept));
    });
    let turn = 0;
    every(PACE_MS, signal, () => {
      if (this.#isKept && !document.hidden) {
        void (turn++ % 2 === 0 ? this.#write() : this.#read());
      }
    });
    onFrames(signal, (now) => this.#drawing?.advance(now));
    every(drawingMs(), signal, () => {
      this.#draw().catch(showTrouble);
    });
    watchRealNodes(this.find('.real-nodes'), signal);
    signal.addEventListener('abort', () => {
      this.#isKept = false;
      this.#world?.close();
      this.#world = undefined;
    });
  }

  /** Starts a cluster as the sliders say, or says why there is none. */
  #open(): void {
    const quorums = this.#quorums();
    this.#world?.close();
    this.#world = undefined;
    this.#acknowledged.clear();
    this.#counts = { failed: 0, wrong: 0 };
    try {
      this.#world = new World(quorums, (id, direction) => {
        const { kind, label } = this.#underWay;
        this.#drawing?.send(id, direction, kind, label);
      });
    } catch (error) {
      write(this.find('.holds'), `There is no such cluster: ${describe(error)}`);
      return;
    }
    const { nodes } = this.#world;
    const ids = nodes.map(({ id }) => id);
    this.#drawing = new ClusterDrawing(this.find<SVGSVGElement>('.cluster'), ids, (id) => {
      this.#do('kill', id);
    });
    this.find('.nodes tbody').replaceChildren(...ids.map((id) => this.#makeRow(id)));
    this.#log(`${nodes.length} empty nodes`);
    const world = this.#world;
    const say = (text: string, kind?: string): void => {
      if (this.#world === world) {
        this.#log(text, kind);
      }
    };
    world.cache.connect().then(
      () => {
        say('enough of them answer');
      },
      (error: unknown) => {
        say(describe(error), 'trouble');
      },
    );
    void this.#draw();
  }

  #makeRow(id: string): HTMLTableRowElement {
    const row = document.createElement('tr');
    const heading = document.createElement('th');
    heading.setAttribute('scope', 'row');
    heading.textContent = id;
    row.append(heading);
    row.insertCell();
    row.insertCell();
    const buttons = row.insertCell();
    for (const act of ['kill', 'pause', 'cut']) {
      const button = document.createElement('button');
      button.type = 'button';
      button.value = act;
      button.textContent = act;
      button.addEventListener('click', () => {
        this.#do(act, id);
      });
      buttons.append(button);
    }
    return row;
  }

  /** Does to a node what a button says, or undoes it. */
  #do(act: string, id: string): void {
    const world = this.#world;
    const node = world?.nodes.find((one) => one.id === id);
    if (world === undefined || node === undefined) {
      return;
    }
    const did = (work: Promise<void> | undefined, what: string): void => {
      this.#log(`${id} ${what}`);
      work?.catch((error: unknown) => {
        this.#log(describe(error), 'trouble');
      });
    };
    const { fate } = node;
    if (act === 'kill' && fate === 'killed') {
      did(world.restart(node), 'is back, empty');
    } else if (act === 'kill') {
      did(world.kill(node), 'is killed, and its memory gone');
    } else if (act === 'pause' && (fate === 'well' || fate === 'paused')) {
      world.setPaused(node, fate === 'well');
      did(undefined, fate === 'well' ? 'is paused' : 'goes on');
    } else if (act === 'cut' && fate === 'cut off') {
      did(world.heal(node), 'is reached again, with what it had');
    } else if (act === 'cut' && fate === 'well') {
      world.cutOff(node);
      did(undefined, 'is cut off');
    }
    void this.#draw();
  }

  async #write(): Promise<void> {
    const key = this.field('key').value;
    const number = ++this.#written;
    await this.#operate(`write v${number}`, 'write', `v${number}`, async (world) => {
      await world.cache.set(key, number);
      this.#acknowledged.set(key, Math.max(number, this.#acknowledged.get(key) ?? 0));
      return `${world.quorums.write} of ${world.quorums.copies} have it`;
    });
  }

  async #read(): Promise<void> {
    const key = this.field('key').value;
    await this.#operate('read', 'read', '', async (world) => {
      const least = this.#acknowledged.get(key) ?? 0;
      const found = await world.cache.get(key);
      // A miss may be; an old value never.
      if (found !== undefined && found < least) {
        this.#counts.wrong++;
      }
      return found === undefined ? 'nothing' : `v${found}`;
    });
  }

  async #operate(
    what: string,
    kind: string,
    label: string,
    work: (world: World) => Promise<string>,
  ): Promise<void> {
    const world = this.#world;
    if (world === undefined) {
      return;
    }
    const underWay = { kind, label };
    this.#underWay = underWay;
    const began = performance.now();
    const took = (): string => `${(performance.now() - began).toFixed(0)} ms`;
    try {
      this.#log(`${what}: ${await work(world)}, ${took()}`);
    } catch (error) {
      if (this.#world !== world) {
        return;
      }
      this.#counts.failed++;
      this.#log(`${what}: ${failure(error)}, ${took()}`, 'trouble');
    }
    if (this.#underWay === underWay) {
      this.#underWay = { kind: 'quiet', label: '' };
    }
  }

  async #draw(): Promise<void> {
    const world = this.#world;
    if (world === undefined) {
      return;
    }
    const key = this.field('key').value;
    const looks = await Promise.all(world.nodes.map((node) => this.#look(world, node, key)));
    if (this.#world !== world) {
      return;
    }
    this.#drawing?.show(looks);
    const rows = this.querySelectorAll<HTMLTableRowElement>('.nodes tbody tr');
    looks.forEach(({ id, fate, state, held }, at) => {
      const [, says, holds, buttons] = rows[at]!.cells;
      write(says!, state);
      write(holds!, fate === 'killed' ? 'no memory' : held || 'nothing');
      const [kill, pause, cut] = buttons!.querySelectorAll('button');
      name(kill!, fate === 'killed' ? 'Start' : 'Kill', id);
      name(pause!, fate === 'paused' ? 'Go on' : 'Pause', id);
      name(cut!, fate === 'cut off' ? 'Heal' : 'Cut', id);
      pause!.disabled = fate === 'killed' || fate === 'cut off';
      cut!.disabled = fate === 'killed' || fate === 'paused';
    });
    const missing = looks.filter(({ fate }) => fate !== 'well').length;
    write(this.find('.holds'), guarantee(world.quorums, missing).replace(/\s+/g, ' '));
    const { repairs, hints } = world.cache.getStats();
    for (const [part, count] of Object.entries({ repairs, hints, ...this.#counts })) {
      write(this.find(`.${part}`), String(count));
    }
  }

  /** Asks a node alone what it holds, by the wire that nothing is done to. */
  async #look(world: World, node: WorldNode, key: string): Promise<NodeLook> {
    const { id, fate } = node;
    const state = world.cache.nodes.find((one) => one.id === id)?.state ?? 'down';
    const held =
      fate === 'killed' || key === ''
        ? undefined
        : await node.alone.get(key).catch(() => undefined);
    return { id, fate, state, held: held === undefined ? '' : `v${held}` };
  }

  #log(text: string, kind = ''): void {
    const line = document.createElement('li');
    line.textContent = text;
    line.className = kind;
    const log = this.find('.log');
    log.prepend(line);
    while (log.childElementCount > LOG_LINES) {
      log.lastElementChild!.remove();
    }
  }

  #quorums(): Quorums {
    const value = (field: string): number => Number(this.field(field).value);
    const nodes = value('nodes');
    const copies = Math.min(value('copies'), nodes);
    const quorums = {
      nodes,
      copies,
      read: Math.min(value('read'), copies),
      write: Math.min(value('write'), copies),
    };
    for (const [field, number] of Object.entries(quorums)) {
      sayMeaning(this.field(field), String(number));
    }
    return quorums;
  }
}

function name(button: HTMLButtonElement, text: string, id: string): void {
  write(button, text);
  button.setAttribute('aria-label', `${text} ${id}`);
}

function failure(error: unknown): string {
  if (!(error instanceof CacheQuorumError)) {
    return describe(error);
  }
  return `${error.code}, ${error.received} of ${error.required} answered`;
}

customElements.define(ClusterPanel.tag, ClusterPanel);
