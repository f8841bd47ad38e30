/** From addresses as callers write them to links as the coordinator's driver takes them. */

import { describe, outOfRange, wrongType } from '../errors.js';
import { checkNames, readString } from '../options.js';
import type {
  NodeAddress,
  NodeOptions,
  PortLike,
  Transport,
  WebSocketConstructor,
} from './types.js';
import { whole } from './whole.js';

/** A way to a node, for the driver. */
export type Link =
  | { readonly kind: 'websocket'; readonly url: string; readonly WebSocket: WebSocketConstructor }
  | { readonly kind: 'fetch'; readonly url: string }
  | { readonly kind: 'port'; readonly port: PortLike }
  | { readonly kind: 'transport'; readonly transport: Transport };

/** A node that has been checked. */
export interface NodePlan {
  readonly id: string;
  readonly weight: number;
  readonly zone: string;
  readonly link: Link;
}

/** Each client has a link to every node, and each clear asks all of them. */
const NODES_MAX = 32;
const WEIGHT_MAX = 65_535;
/** Names of nodes go to the nodes, too. */
const ID_BYTES_MAX = 255;

/**
 * Returns the nodes in their order.
 * @param findSocket asked once if any address is for a WebSocket
 * @throws {TypeError} `ERR_CACHE_INVALID_ARGUMENT`: an address of no known kind, or without an id.
 * @throws {RangeError} `ERR_CACHE_INVALID_ARGUMENT`: none, too many, an id twice, a bad weight.
 */
export function readNodes(
  nodes: readonly (NodeAddress | NodeOptions)[],
  findSocket: () => WebSocketConstructor | undefined,
): NodePlan[] {
  const given: unknown = nodes;
  if (!Array.isArray(given)) {
    throw wrongType(`nodes is ${describe(nodes)}; give an array such as [['localhost', 5000]]`);
  }
  if (nodes.length < 1 || nodes.length > NODES_MAX) {
    throw outOfRange(`nodes has ${nodes.length} entries; give 1 to ${NODES_MAX}`);
  }
  let socket: WebSocketConstructor | undefined;
  let isSought = false;
  const sought = (): WebSocketConstructor | undefined => {
    socket = isSought ? socket : findSocket();
    isSought = true;
    return socket;
  };
  const plans = nodes.map((node) => readNode(node, sought));
  const seen = new Set<string>();
  for (const { id } of plans) {
    if (seen.has(id)) {
      throw outOfRange(`two nodes have the id ${describe(id)}; each needs one of its own`);
    }
    seen.add(id);
  }
  return plans;
}

function readNode(
  node: NodeAddress | NodeOptions,
  findSocket: () => WebSocketConstructor | undefined,
): NodePlan {
  const options = isOptions(node) ? node : { address: node };
  if (isOptions(node)) {
    checkNames(node, ['address', 'id', 'weight', 'zone']);
  }
  const { address, weight = 1, zone = '' } = options;
  const { link, id: own } = readAddress(address, findSocket);
  const id = options.id === undefined ? own : readString(options.id, 'id');
  if (id === undefined) {
    throw wrongType(
      "a port, worker or transport needs an id, the same in every client: { address, id: 'a' }",
    );
  }
  const bytes = new TextEncoder().encode(id).length;
  if (bytes < 1 || bytes > ID_BYTES_MAX) {
    throw outOfRange(`the id ${describe(id)} has ${bytes} bytes; give 1 to ${ID_BYTES_MAX}`);
  }
  whole(weight, 'weight', 1, WEIGHT_MAX);
  return { id, weight, zone: readString(zone, 'zone'), link };
}

function isOptions(node: NodeAddress | NodeOptions): node is NodeOptions {
  return typeof node === 'object' && node !== null && 'address' in node;
}

function readAddress(
  address: NodeAddress,
  findSocket: () => WebSocketConstructor | undefined,
): { link: Link; id: string | undefined } {
  if (typeof address === 'string' || address instanceof URL) {
    return readUrl(String(address), findSocket);
  }
  if (Array.isArray(address)) {
    return readUrl(urlOf(address), findSocket);
  }
  if (typeof address === 'object' && address !== null) {
    if (hasMethod(address, 'request')) {
      return { link: { kind: 'transport', transport: address as Transport }, id: undefined };
    }
    if (hasMethod(address, 'postMessage')) {
      return { link: { kind: 'port', port: address as PortLike }, id: undefined };
    }
  }
  throw wrongType(
    `${describe(address)} is no address; give [host, port], a ws:, wss:, http: or https: URL, a ` +
      'MessagePort or Worker, or an object with request()',
  );
}

function hasMethod(of: object, name: string): boolean {
  return typeof (of as Record<string, unknown>)[name] === 'function';
}

function urlOf(address: readonly unknown[]): string {
  const [host, port] = address;
  if (address.length !== 2 || typeof host !== 'string' || typeof port !== 'number') {
    throw wrongType("an address in brackets is a host and a port, such as ['localhost', 5000]");
  }
  if (!Number.isInteger(port) || port < 1 || port > 65_535) {
    throw outOfRange(`the port of ${describe(host)} is ${port}; give a whole number, 1 to 65535`);
  }
  // A host with colons is an address of IPv6.
  return `ws://${host.includes(':') && !host.startsWith('[') ? `[${host}]` : host}:${port}`;
}

const PORTS: Readonly<Record<string, string>> = {
  'ws:': '80',
  'http:': '80',
  'wss:': '443',
  'https:': '443',
};

function readUrl(
  text: string,
  findSocket: () => WebSocketConstructor | undefined,
): { link: Link; id: string } {
  const url = parseUrl(text);
  const path = url.pathname.replace(/\/+$/, '');
  const id = `${url.hostname}:${url.port || PORTS[url.protocol]!}${path}`;
  const isSocket = url.protocol.startsWith('ws');
  const WebSocket = isSocket ? findSocket() : undefined;
  if (WebSocket !== undefined) {
    return {
      link: { kind: 'websocket', url: `${url.protocol}//${url.host}${path}`, WebSocket },
      id,
    };
  }
  // The same node answers HTTP, too; that is slower and brings no news for a near cache.
  const protocol = /^(?:wss|https):$/.test(url.protocol) ? 'https:' : 'http:';
  return { link: { kind: 'fetch', url: `${protocol}//${url.host}${path}` }, id };
}

function parseUrl(text: string): URL {
  let url: URL;
  try {
    url = new URL(text);
  } catch {
    throw wrongType(`${describe(text)} is no URL; give ws://host:port or ['host', port]`);
  }
  if (!(url.protocol in PORTS)) {
    throw wrongType(
      `${describe(text)} is no address of a node; give ws:, wss:, http:, https: or ['host', port]`,
    );
  }
  if (url.username !== '' || url.password !== '' || url.search !== '' || url.hash !== '') {
    // Not shown: there may be a secret in it.
    throw wrongType(
      `the address of ${url.hostname} holds a user, a query or a fragment; give a secret as token`,
    );
  }
  return url;
}
