/**
 * The driver: the one place that tells the module what happens and does what it says.
 *
 * Everything that happens ends in a turn of the module: it is told, all that it wants done comes
 * back, and only then is anybody called, who may use the client again, or close it.
 *
 * What is to be sent waits a little (`soon.ts`), so that all operations that are begun in one turn
 * of the event loop share a frame to each node.
 *
 * A Promise is settled by taking it out of those that wait, hence once; it is taken out by its
 * outcome, which the module tells by its deadline whatever the links do, or by closing.
 */

import { ClientCore } from '../../../target/wasm/client/client.js';
import type { Link } from './addresses.js';
import { Alarm } from './alarm.js';
import { planOf, type ClientOptions } from './client-plan.js';
import type { Failure } from './failure.js';
import { NodeLink } from './node-keeper.js';
import type { LinkHost, Session } from './link-session.js';
import { Arrivals, healthOf, NodeWatch, type Health, type Tell } from './node-health.js';
import { soon } from './soon.js';
import { Reader, readTold, type Answer, type Told } from './told.js';

/** What the module is told: the numbers of `ClientCore.tell`. */
const WAKE = 0;
const UP = 1;
const DOWN = 2;
const STRANGER = 3;
const FULL = 4;
const RECEIVED = 5;
const PUSHED = 6;
const ANSWERED = 7;

/** More than this in a link's buffer, and its node is asked for nothing more. */
const BUFFERED_BYTES_MAX = 2 ** 20;

/** How often full buffers are looked at: no socket says when its buffer is empty again. */
const LOOK_MS = 10;

/** As long as a timer can wait. */
const TIMER_MS_MAX = 2 ** 31 - 1;

const NOTHING: Uint8Array = new Uint8Array(0);

/** A request: `ClientCore.ask` has the kinds. */
export interface Ask {
  readonly kind: number;
  readonly key: Uint8Array;
  readonly timeoutMs: number;
  readonly ttlMs?: number;
  readonly value?: Uint8Array;
  readonly flags?: number;
}

/** What settles a Promise. */
interface Waiting {
  resolve(answer: Answer): void;
  reject(failure: Failure): void;
}

/** A client's module and its links. */
export class ClientDriver implements LinkHost {
  readonly token: LinkHost['token'];
  readonly core: ClientCore;
  readonly #onDrop: (key: Uint8Array) => void;
  readonly #waiting = new Map<number, Waiting>();
  readonly #alarm: Alarm;
  readonly #arrivals = new Arrivals();
  readonly #watch = new NodeWatch();
  readonly #reader = new Reader();
  #options: ClientOptions;
  #ids: string[];
  #links: NodeLink[];
  /** How many bytes wait for each node. */
  #pending: number[] = [];
  /** Which links' buffers are full. */
  #full = new Set<number>();
  /** The longest that any operation may take so far, and that one may take now. */
  #longest: number;
  #longestNow = 0;
  #next = 1;
  #isStarted = false;
  #isFlushing = false;
  #isClosed = false;

  constructor(
    options: ClientOptions,
    links: readonly Link[],
    token: LinkHost['token'],
    onDrop: (key: Uint8Array) => void,
  ) {
    const core = ClientCore.open(...planOf(options));
    if (core === undefined) {
      throw new Error('these quorums promise nothing');
    }
    this.core = core;
    this.token = token;
    this.#onDrop = onDrop;
    this.#alarm = new Alarm(() => {
      this.#look();
      this.#turn(WAKE);
    });
    this.#options = options;
    this.#ids = idsOf(options);
    this.#links = this.#linksTo(links);
    this.#longest = options.timeoutMs;
  }

  /** Begins a request and resolves with what `read` makes of its answer. */
  ask<T>(request: Ask, read: (answer: Answer) => T): Promise<T> {
    this.#start();
    return this.#promise((resolve, reject) => {
      const id = this.#next++;
      this.#waiting.set(id, {
        resolve(answer) {
          resolve(read(answer));
        },
        reject,
      });
      this.#ask(id, request);
      this.#longest = Math.max(this.#longest, Math.min(request.timeoutMs, this.#longestNow));
    });
  }

  /** Begins a request for whose answer nobody waits. */
  release(request: Omit<Ask, 'timeoutMs'>): void {
    if (!this.#isClosed) {
      this.#ask(this.#next++, { ...request, timeoutMs: this.#options.timeoutMs });
    }
  }

  /** Opens the links; resolves when enough nodes answer. */
  connect(): Promise<void> {
    this.#start();
    return this.#promise((resolve, reject) => {
      this.#arrivals.add(resolve, reject, this.#options.timeoutMs);
      this.#turn(WAKE);
    });
  }

  /**
   * Changes to other nodes of a higher epoch: all links are closed, and `links` are opened.
   * What is under way begins anew. In the same epoch the nodes get the links of `links`.
   */
  reconfigure(options: ClientOptions, links: readonly Link[]): void {
    const { epoch, near } = this.#options;
    if (options.epoch === epoch && options.near > 0 === near > 0) {
      this.#relink(options, links);
      return;
    }
    if (this.#isClosed) {
      return;
    }
    const bytes = this.core.reconfigure(performance.now(), Date.now(), ...planOf(options));
    if (bytes.length === 0) {
      throw new Error('the epoch is not higher, or these quorums promise nothing');
    }
    const old = this.#links;
    this.#options = options;
    this.#ids = idsOf(options);
    this.#links = this.#linksTo(links);
    this.#full.clear();
    this.#watch.forget();
    this.#longest = Math.max(this.#longest, options.timeoutMs);
    const wasStarted = this.#isStarted;
    this.#isStarted = false;
    old.forEach((link) => {
      link.stop();
    });
    this.#play(bytes);
    if (wasStarted) {
      this.#start();
    }
  }

  /** Rejects what is under way, closes the links and stops the timer; for good. */
  close(): void {
    this.#isClosed = true;
    const waiting = [...this.#waiting.values(), ...this.#arrivals.drain()];
    this.#waiting.clear();
    this.#alarm.set(Infinity);
    this.#links.forEach((link) => {
      link.stop();
    });
    for (const { reject } of waiting) {
      reject({ kind: 'closed' });
    }
  }

  /** Has `tell` called with a node's id and state whenever that changes from now on. */
  watch(tell: Tell): void {
    this.#watch.begin(tell, this.health());
  }

  /** Returns how the nodes are. */
  health(): Health {
    return healthOf(this.core, this.#ids, performance.now());
  }

  up({ node }: Session, kind: number): void {
    this.#full.delete(node);
    this.#turn(UP, node, kind);
  }

  received(session: Session, bytes: Uint8Array): void {
    this.#heard(session, this.#turn(RECEIVED, session.node, 0, 0, bytes));
  }

  answered(session: Session, frame: number, status: number, bytes: Uint8Array): void {
    this.#heard(session, this.#turn(ANSWERED, session.node, frame, status, bytes));
  }

  pushed(node: number, bytes: Uint8Array): void {
    this.#turn(PUSHED, node, 0, 0, bytes);
  }

  refused(node: number): void {
    this.#turn(STRANGER, node);
  }

  lost(node: number): void {
    this.#full.delete(node);
    this.#turn(DOWN, node);
  }

  longestMs(): number {
    return Math.min(this.#longest, TIMER_MS_MAX);
  }

  #heard(session: Session, told?: Told): void {
    session.isProven ||= told?.isProven === true;
    if (told?.isOver === true) {
      session.end();
    }
  }

  #linksTo(links: readonly Link[]): NodeLink[] {
    return links.map((link, node) => new NodeLink(this, node, link));
  }

  /** Opens the links, the first time. */
  #start(): void {
    if (!this.#isStarted && !this.#isClosed) {
      this.#isStarted = true;
      for (const link of this.#links) {
        link.start();
      }
    }
  }

  /**
   * Gives the nodes of the present epoch other links. To the module a node whose link is another
   * one than before was lost and comes back; the links of the others stay as they are, with all
   * that is under way on them.
   */
  #relink(options: ClientOptions, links: readonly Link[]): void {
    idsOf(options).forEach((id, at) => {
      const [node, link] = [this.#ids.indexOf(id), links[at]!];
      const former = this.#links[node];
      if (former === undefined || this.#isClosed || former.isOf(link)) {
        return;
      }
      const keeper = (this.#links[node] = new NodeLink(this, node, link));
      if (this.#isStarted) {
        former.stop();
        this.lost(node);
        keeper.start();
      }
    });
  }

  /** Returns a Promise that `act` keeps, or one that is rejected because this is closed. */
  #promise<T>(act: (resolve: (answer: T) => void, reject: Waiting['reject']) => void): Promise<T> {
    return this.#isClosed ? rejected({ kind: 'closed' }) : new Promise<T>(act);
  }

  #ask(id: number, { kind, key, timeoutMs, ttlMs = 0, flags = 0, value = NOTHING }: Ask): void {
    const [now, wall] = [performance.now(), Date.now()];
    this.#play(this.core.ask(now, wall, kind, id, timeoutMs, ttlMs, flags, key, value));
  }

  /** Tells the module what has happened, and does what it says; nothing if this is closed. */
  #turn(kind: number, node = 0, number = 0, status = 0, bytes = NOTHING): Told | undefined {
    if (this.#isClosed) {
      return undefined;
    }
    const [now, wall] = [performance.now(), Date.now()];
    return this.#play(this.core.tell(now, wall, kind, node, number, status, bytes));
  }

  #play(bytes: Uint8Array): Told {
    const told = readTold(this.#reader, bytes, this.#ids);
    this.#pending = told.pending;
    this.#longestNow = told.longestMs;
    const calls = this.#lookAtNodes();
    if (!this.#isFlushing && told.pending.some((pending) => pending > 0)) {
      this.#isFlushing = true;
      soon(() => {
        this.#flush();
      }, this.#waiting.size > 1);
    }
    this.#setAlarm(told.wakeAt);
    for (const key of told.drops) {
      attempt(() => {
        this.#onDrop(key);
      });
    }
    for (const [id, outcome] of told.outcomes) {
      const waiting = this.#waiting.get(id);
      this.#waiting.delete(id);
      if ('failure' in outcome) {
        waiting?.reject(outcome.failure);
      } else {
        waiting?.resolve(outcome.answer);
      }
    }
    calls.forEach(attempt);
    return told;
  }

  /** Returns what tells those who watch the nodes, and those who wait for enough of them. */
  #lookAtNodes(): (() => void)[] {
    if (!this.#watch.isOpen && !this.#arrivals.isOpen) {
      return [];
    }
    const { read, write } = this.#options;
    const health = this.health();
    return [...this.#watch.look(health), ...this.#arrivals.look(health, Math.max(read, write))];
  }

  /** Has the timer ring when there is something to do, and not when there is nothing. */
  #setAlarm(wakeAt: number): void {
    const at = Math.min(
      wakeAt,
      this.#arrivals.isOpen ? this.#arrivals.until(this.health()) : Infinity,
    );
    this.#alarm.set(this.#full.size > 0 ? Math.min(at, performance.now() + LOOK_MS) : at);
  }

  /** Sends what was gathered. */
  #flush(): void {
    this.#isFlushing = false;
    if (this.#isClosed) {
      return;
    }
    this.#links.forEach(({ session }, node) => {
      const carrier = session?.carrier;
      try {
        while (carrier !== undefined && carrier.isReady?.() !== false) {
          const frame = this.core.take(node);
          if (frame.length === 0) {
            break;
          }
          this.#pending[node]! -= frame.length;
          carrier.send(frame);
        }
      } catch {
        session?.end();
      }
    });
    this.#look();
  }

  /** Tells the module which links' buffers are full, and which no longer. */
  #look(): void {
    this.#links.forEach(({ session }, node) => {
      const buffered = session?.carrier?.buffered();
      const pending = this.#pending[node] ?? 0;
      const isFull = buffered !== undefined && buffered + pending > BUFFERED_BYTES_MAX;
      if (isFull !== this.#full.has(node)) {
        if (isFull) {
          this.#full.add(node);
        } else {
          this.#full.delete(node);
        }
        this.#turn(FULL, node, Number(isFull));
      }
    });
  }
}

function idsOf({ nodes }: ClientOptions): string[] {
  return nodes.map(({ id }) => id);
}

/** Returns a Promise that is rejected with a plain object: the class of the error is another's. */
export async function rejected(failure: Failure): Promise<never> {
  // eslint-disable-next-line @typescript-eslint/only-throw-error
  throw failure;
}

/** Calls what the application gave; what that throws is its own affair. */
function attempt(call: () => void): void {
  try {
    call();
  } catch {
    // See above.
  }
}
