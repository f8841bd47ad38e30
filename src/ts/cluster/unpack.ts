import { text as unpackText } from '../../../target/wasm/unpack/inline.js';
import { readModuleText } from '../module-text.js';

/** What `src/js/unpack.rs` exports. */
interface Unpacking {
  readonly memory: WebAssembly.Memory;
  room(): number;
  unpack(): number;
}

/** How far behind the room's beginning the text stands. */
const TEXT = 2 ** 17;

/** Returns the module that `text` holds as `xtask/src/press.rs` packs it; takes milliseconds. */
export function unpack(text: string): Uint8Array<ArrayBuffer> {
  const module = new WebAssembly.Module(readModuleText(unpackText));
  const unpacking = new WebAssembly.Instance(module).exports as unknown as Unpacking;
  const { buffer } = unpacking.memory;
  const room = unpacking.room();
  new TextEncoder().encodeInto(text, new Uint8Array(buffer, room + TEXT));
  return new Uint8Array(buffer, room, unpacking.unpack());
}
