/**
 * Values as text that is safe to read from strangers: JSON, flat. The text is a list of all parts
 * of a value, the whole leading; parts name each other by their places, so that shared parts and
 * cycles survive. What JSON lacks has a negative number or is a list that begins with its kind:
 *
 *     { a: 1, self: …, when: new Map([[-0, 2n]]) }
 *     [{"a":1,"self":0,"when":2},1,["Map",-6,3],["BigInt","2"]]
 *
 * It is what devalue [1] writes, but for regular expressions and typed arrays.
 *
 * [1] https://github.com/sveltejs/devalue
 */

/** Arrays whose bytes are the value, by their names. */
export const ARRAY_KINDS: Readonly<Record<string, new (buffer: ArrayBuffer) => ArrayBufferView>> = {
  Int8Array,
  Uint8ClampedArray,
  Int16Array,
  Uint16Array,
  Int32Array,
  Uint32Array,
  Float32Array,
  Float64Array,
  BigInt64Array,
  BigUint64Array,
  DataView,
  Uint8Array,
};

/** Kinds that text is made of, and that are made of text. */
const TEXT_KINDS: Readonly<Record<string, new (text: string) => object>> = {
  Date,
  URL,
  URLSearchParams,
};

/** What -1, -2, … stand for; -2 is a hole in a list, and `in` does not find it. */
const SPECIALS: readonly unknown[] = [undefined, , NaN, Infinity, -Infinity, -0];
const HOLE = -2;
/** Begins a list that is mostly holes: its length, then places in it and what is there. */
const SPARSE = -7;

/**
 * The longest array. A list of so many numbers fills the longest value; only an array that is
 * mostly holes could be longer, and costs a stranger nothing to send.
 */
const LENGTH_MAX = 2 ** 20;

/**
 * Returns a value as text.
 * @throws {TypeError} if something in it cannot be carried, with the `path` to it.
 * @throws {RangeError} if it is too deep, or an array too long.
 */
export function write(root: unknown): string {
  const places = new Map<unknown, number>();
  const parts: string[] = [];
  const path: (string | number)[] = [];

  function refuse(what: string): never {
    const where = path.map((step) => (typeof step === 'number' ? `[${step}]` : `.${step}`));
    throw Object.assign(new TypeError(`${what} cannot be carried`), { path: where.join('') });
  }

  function place(value: unknown): number {
    if (value === undefined || typeof value === 'number') {
      const special = SPECIALS.findIndex((one) => Object.is(one, value));
      if (special >= 0) {
        return -1 - special;
      }
    }
    let at = places.get(value);
    if (at === undefined) {
      at = places.size;
      places.set(value, at);
      parts[at] = typeof value === 'object' && value !== null ? compound(value) : simple(value);
    }
    return at;
  }

  function placeIn(step: string | number, value: unknown): number {
    path.push(step);
    const at = place(value);
    path.pop();
    return at;
  }

  function simple(value: unknown): string {
    if (typeof value === 'function' || typeof value === 'symbol') {
      refuse(`a ${typeof value}`);
    }
    return typeof value === 'bigint' ? tagged('BigInt', value.toString()) : JSON.stringify(value);
  }

  function compound(value: object): string {
    const kind = Object.prototype.toString.call(value).slice(8, -1);
    switch (kind) {
      case 'Array':
        return list(value as unknown[]);
      case 'Set': {
        const members = [...(value as Set<unknown>)].map((one, at) => `,${placeIn(at, one)}`);
        return `["Set"${members.join('')}]`;
      }
      case 'Map': {
        const pair = ([key, one]: [unknown, unknown]) =>
          `,${place(key)},${placeIn(typeof key === 'string' ? key : '…', one)}`;
        return `["Map"${[...(value as Map<unknown, unknown>)].map(pair).join('')}]`;
      }
      case 'Date':
        return tagged(kind, Number.isNaN(+value) ? '' : (value as Date).toISOString());
      case 'URL':
      case 'URLSearchParams':
        return tagged(kind, (value as URL).toString());
      case 'Number':
      case 'String':
      case 'Boolean':
      case 'BigInt':
        return `["Object",${place(value.valueOf())}]`;
      case 'ArrayBuffer':
        return tagged(kind, base64(new Uint8Array(value as ArrayBuffer)));
    }
    if (ArrayBuffer.isView(value) && own(ARRAY_KINDS, kind) !== undefined) {
      // The rest of its buffer is nobody's business.
      const { buffer, byteOffset, byteLength } = value;
      return tagged(kind, base64(new Uint8Array(buffer, byteOffset, byteLength)));
    }
    return plain(value, kind);
  }

  function list(array: readonly unknown[]): string {
    const length = checkLength(array.length);
    const members: number[] = [];
    let holes = 0;
    for (let at = 0; at < length; at++) {
      const isHole = !Object.hasOwn(array, at);
      holes += Number(isHole);
      members.push(isHole ? HOLE : placeIn(at, array[at]));
    }
    if (holes <= length / 2) {
      return `[${members.join()}]`;
    }
    const there = members.map((member, at) => (member === HOLE ? '' : `,${at},${member}`));
    return `[${SPARSE},${length}${there.join('')}]`;
  }

  function plain(value: object, kind: string): string {
    const prototype = Object.getPrototypeOf(value) as object | null;
    if (prototype !== null && Object.getPrototypeOf(prototype) !== null) {
      refuse(kind === 'Object' ? 'an object of a class' : `a ${kind}`);
    }
    if (Object.getOwnPropertySymbols(value).length > 0) {
      refuse('a symbol as a key');
    }
    const members = Object.entries(value).map(([key, member]) => {
      if (key === '__proto__') {
        refuse('a key __proto__');
      }
      return [JSON.stringify(key), placeIn(key, member)];
    });
    if (prototype !== null) {
      return `{${members.map((pair) => pair.join(':')).join()}}`;
    }
    return `["null"${members.map((pair) => `,${pair.join()}`).join('')}]`;
  }

  const at = place(root);
  return at < 0 ? String(at) : `[${parts.join()}]`;
}

/**
 * Returns the value of a text.
 * @throws {Error} if it is not what {@link write} writes.
 */
export function read(text: string): unknown {
  const parts: unknown = JSON.parse(text);
  const made = new Map<unknown, unknown>();

  function make(at: unknown): unknown {
    if (typeof at !== 'number') {
      return invalid();
    }
    if (at < 0) {
      return -1 - at in SPECIALS ? SPECIALS[-1 - at] : invalid();
    }
    if (made.has(at)) {
      return made.get(at);
    }
    if (!Array.isArray(parts) || !(at in parts)) {
      return invalid();
    }
    const part: unknown = parts[at];
    // Kept before it is filled: what it holds may hold it.
    const keep = <T>(value: T): T => {
      made.set(at, value);
      return value;
    };
    if (typeof part !== 'object' || part === null) {
      return keep(part);
    }
    if (!Array.isArray(part)) {
      return fill(keep({}), Object.entries(part).flat());
    }
    const [kind, ...rest] = part as unknown[];
    return typeof kind === 'string' ? special(kind, rest, keep) : list(part, keep);
  }

  function fill(object: Record<string, unknown>, members: readonly unknown[]): unknown {
    for (let at = 0; at < members.length; at += 2) {
      const key = members[at];
      if (typeof key !== 'string' || key === '__proto__') {
        invalid();
      }
      object[key] = make(members[at + 1]);
    }
    return object;
  }

  function list(part: readonly unknown[], keep: <T>(value: T) => T): unknown {
    const isSparse = part[0] === SPARSE;
    const length = isSparse ? part[1] : part.length;
    const array = keep(new Array<unknown>(checkLength(length as number)));
    if (isSparse) {
      for (let at = 2; at < part.length; at += 2) {
        const index = part[at] as number;
        if (!Number.isInteger(index) || index < 0 || index >= array.length) {
          invalid();
        }
        array[index] = make(part[at + 1]);
      }
    } else {
      part.forEach((member, at) => {
        if (member !== HOLE) {
          array[at] = make(member);
        }
      });
    }
    return array;
  }

  function special(kind: string, rest: readonly unknown[], keep: <T>(value: T) => T): unknown {
    const [first] = rest;
    switch (kind) {
      case 'Set': {
        const set = keep(new Set());
        rest.forEach((member) => set.add(make(member)));
        return set;
      }
      case 'Map': {
        const map = keep(new Map());
        for (let at = 0; at < rest.length; at += 2) {
          map.set(make(rest[at]), make(rest[at + 1]));
        }
        return map;
      }
      case 'null':
        return fill(keep(Object.create(null) as Record<string, unknown>), rest);
      case 'Object': {
        const boxed = make(first);
        return boxed === undefined || typeof boxed === 'object' ? invalid() : keep(Object(boxed));
      }
    }
    if (typeof first !== 'string') {
      return invalid();
    }
    if (kind === 'BigInt') {
      return keep(BigInt(first));
    }
    const OfText = own(TEXT_KINDS, kind);
    if (OfText !== undefined) {
      return keep(new OfText(first));
    }
    const { buffer } = Uint8Array.from(atob(first), (char) => char.charCodeAt(0));
    if (kind === 'ArrayBuffer') {
      return keep(buffer);
    }
    const OfBytes = own(ARRAY_KINDS, kind);
    return OfBytes === undefined ? invalid() : keep(new OfBytes(buffer));
  }

  return make(typeof parts === 'number' ? Math.min(parts, -1) : 0);
}

function tagged(kind: string, text: string): string {
  return `["${kind}",${JSON.stringify(text)}]`;
}

function base64(bytes: Uint8Array): string {
  let text = '';
  for (const byte of bytes) {
    text += String.fromCharCode(byte);
  }
  return btoa(text);
}

/** Returns what is called so, and not what every object has. */
function own<T>(of: Readonly<Record<string, T>>, name: string): T | undefined {
  return Object.hasOwn(of, name) ? of[name] : undefined;
}

function checkLength(length: number): number {
  if (!(length <= LENGTH_MAX)) {
    throw new RangeError(`an array has ${length} places, more than ${LENGTH_MAX}`);
  }
  return length;
}

function invalid(): never {
  throw new TypeError('it is no structured value');
}
