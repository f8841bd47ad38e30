/** The cluster as a figure: the client in the middle, the nodes around it, messages between. */

import { calm } from '../shell/frames';
import { shape } from '../shell/svg';
import type { Direction } from './relay';

/** What a node looks like. */
export interface NodeLook {
  readonly id: string;
  readonly fate: string;
  readonly state: string;
  readonly held: string;
}

interface Message {
  readonly id: string;
  readonly direction: Direction;
  readonly began: number;
  readonly dot: SVGGElement;
}

const SIZE = 420;
const MIDDLE = SIZE / 2;
const RADIUS = 150;
const TRAVEL_MS = 450;
const MESSAGES_MAX = 60;

/** The figure. */
export class ClusterDrawing {
  readonly #links = new Map<string, SVGPathElement>();
  readonly #nodes = new Map<string, SVGGElement>();
  readonly #places = new Map<string, readonly [number, number]>();
  readonly #svg: SVGSVGElement;
  readonly #layer = shape('g', { class: 'messages' });
  #messages: Message[] = [];

  /** `pressed` is told of nodes that were clicked on; the table has the same as buttons. */
  constructor(svg: SVGSVGElement, ids: readonly string[], pressed: (id: string) => void) {
    this.#svg = svg;
    svg.setAttribute('viewBox', `0 0 ${SIZE} ${SIZE}`);
    const links = shape('g', {});
    const nodes = shape('g', {});
    ids.forEach((id, at) => {
      const angle = (2 * Math.PI * at) / ids.length - Math.PI / 2;
      const place = [MIDDLE + RADIUS * Math.cos(angle), MIDDLE + RADIUS * Math.sin(angle)] as const;
      this.#places.set(id, place);
      const [x, y] = place;
      const link = shape('path', { d: `M${MIDDLE} ${MIDDLE}L${x} ${y}`, class: 'link' });
      const node = shape('g', { class: 'node', transform: `translate(${x} ${y})` });
      node.append(
        shape('circle', { r: 34 }),
        shape('text', { y: -4, class: 'id' }, id),
        shape('text', { y: 16, class: 'held' }, ''),
      );
      node.addEventListener('click', () => {
        pressed(id);
      });
      this.#links.set(id, link);
      this.#nodes.set(id, node);
      links.append(link);
      nodes.append(node);
    });
    const ring = shape('circle', { cx: MIDDLE, cy: MIDDLE, r: RADIUS, class: 'ring' });
    const client = shape('g', { class: 'client', transform: `translate(${MIDDLE} ${MIDDLE})` });
    client.append(shape('rect', { x: -36, y: -18, width: 72, height: 36, rx: 6 }));
    client.append(shape('text', { y: 5 }, 'client'));
    svg.replaceChildren(ring, links, this.#layer, client, nodes);
  }

  /** Shows what the nodes are now. */
  show(looks: readonly NodeLook[]): void {
    for (const { id, fate, state, held } of looks) {
      const node = this.#nodes.get(id)!;
      node.setAttribute('class', `node ${state} ${fate.replace(' ', '-')}`);
      this.#links.get(id)!.setAttribute('class', `link ${fate.replace(' ', '-')}`);
      const text = node.querySelector('.held')!;
      if (text.textContent !== held) {
        text.textContent = held;
      }
    }
    const words = looks.map(({ id, fate, held }) => `${id} ${fate}, holds ${held || 'nothing'}`);
    this.#svg.setAttribute('aria-label', `Nodes: ${words.join('; ')}`);
  }

  /** Sends a message on its way; `label` is what the operation under way reads or writes. */
  send(id: string, direction: Direction, kind: string, label: string): void {
    // The last words of a former cluster may be of a node that is no more.
    const isKnown = this.#places.has(id);
    if (!isKnown || calm.matches || this.#messages.length >= MESSAGES_MAX) {
      return;
    }
    const dot = shape('g', { class: `message ${kind}` });
    dot.append(shape('circle', { r: kind === 'quiet' ? 3 : 6 }));
    if (label !== '') {
      dot.append(shape('text', { y: -10 }, label));
    }
    this.#layer.append(dot);
    this.#messages.push({ id, direction, began: performance.now(), dot });
  }

  /** Moves what is on its way. */
  advance(now: number): void {
    this.#messages = this.#messages.filter(({ id, direction, began, dot }) => {
      const part = Math.max(0, (now - began) / TRAVEL_MS);
      if (part >= 1) {
        dot.remove();
        return false;
      }
      const way = direction === 'to' ? part : 1 - part;
      const [x, y] = this.#places.get(id)!;
      const at = [MIDDLE + (x - MIDDLE) * way, MIDDLE + (y - MIDDLE) * way];
      dot.setAttribute('transform', `translate(${at.join(' ')})`);
      return true;
    });
  }
}
