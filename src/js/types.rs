//! The types of the door, as TypeScript sees them.

use wasm_bindgen::prelude::wasm_bindgen;

#[wasm_bindgen(typescript_custom_section)]
const TYPES: &str = r#"
export interface ClientOptions {
  nodes: { id: string; weight: number; zone: string }[];
  epoch: number;
  replicas: number;
  read: number;
  write: number;
  readRepair: 'blocking' | 'async' | 'off';
  hedge: boolean;
  timeoutMs: number;
  maxTtlMs: number;
  near: number;
}
export interface SocketConstructor {
  new (url: string, protocols: string[]): unknown;
}
export interface RequestTransport {
  request(frame: Uint8Array, options: { signal: AbortSignal }): Promise<Uint8Array>;
  onPush?(listener: (frame: Uint8Array) => void): void;
}
export type Link =
  | { kind: 'websocket'; url: string; WebSocket: SocketConstructor }
  | { kind: 'fetch'; url: string }
  | { kind: 'port'; port: object }
  | { kind: 'transport'; transport: RequestTransport };
export interface Hit {
  value: Uint8Array;
  flags: number;
  expiresAtMs: number;
  createdAtMs: number;
  version: Uint8Array;
  mayFillNear: boolean;
}
export interface Lease {
  key: Uint8Array;
  version: Uint8Array;
}
export type NodeFailure =
  | 'timeout' | 'pending' | 'refused' | 'busy' | 'auth' | 'clock' | 'epoch' | 'open';
export type Failure =
  | {
      kind: 'quorum';
      isWrite: boolean;
      required: number;
      received: number;
      causes: { node: string; state: NodeFailure; ms: number }[];
    }
  | { kind: 'ttl'; maxTtlMs: number }
  | { kind: 'timeout'; maxOpMs: number }
  | { kind: 'closed' }
  | { kind: 'tooLarge'; limit: number };
export interface NodeHealth {
  id: string;
  state: 'up' | 'suspect' | 'down';
  rttMs: number;
}
export interface ClientStats {
  reads: number;
  widened: number;
  repairs: number;
  blockingRepairs: number;
  failovers: number;
  hedges: number;
  hints: number;
  secondRounds: number;
  busy: number;
}
"#;

#[wasm_bindgen]
extern "C" {
    /// What a client is told.
    #[wasm_bindgen(typescript_type = "ClientOptions")]
    #[derive(Debug)]
    pub type ClientOptions;
    /// The links to the nodes, in their order.
    #[wasm_bindgen(typescript_type = "Link[]")]
    #[derive(Debug)]
    pub type Links;
    /// A bearer token, or what gives one.
    #[wasm_bindgen(typescript_type = "undefined | string | (() => Promise<string>)")]
    #[derive(Debug)]
    pub type Token;
    /// Called with keys whose copies are to be forgotten.
    #[wasm_bindgen(typescript_type = "(key: Uint8Array) => void")]
    #[derive(Debug)]
    pub type OnDrop;
    /// Called with a node's id and its state.
    #[wasm_bindgen(typescript_type = "(id: string, state: NodeHealth['state']) => void")]
    #[derive(Debug)]
    pub type OnNode;
    /// The right to load a key.
    #[wasm_bindgen(typescript_type = "Lease")]
    #[derive(Debug)]
    pub type Lease;
    /// A Promise.
    #[wasm_bindgen(typescript_type = "Promise<Hit | undefined>")]
    #[derive(Debug)]
    pub type PromiseOfHit;
    /// A Promise.
    #[wasm_bindgen(typescript_type = "Promise<Hit | Lease>")]
    #[derive(Debug)]
    pub type PromiseOfLoad;
    /// A Promise.
    #[wasm_bindgen(typescript_type = "Promise<Uint8Array>")]
    #[derive(Debug)]
    pub type PromiseOfVersion;
    /// A Promise.
    #[wasm_bindgen(typescript_type = "Promise<boolean>")]
    #[derive(Debug)]
    pub type PromiseOfFlag;
    /// A Promise.
    #[wasm_bindgen(typescript_type = "Promise<void>")]
    #[derive(Debug)]
    pub type PromiseOfNothing;
    /// The nodes' health.
    #[wasm_bindgen(typescript_type = "NodeHealth[]")]
    #[derive(Debug)]
    pub type Nodes;
    /// The counters.
    #[wasm_bindgen(typescript_type = "ClientStats")]
    #[derive(Debug)]
    pub type ClientStats;
}
