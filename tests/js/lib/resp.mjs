/** The protocol of nodes, written a second time: what the tests say and understand. */

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** Returns the bytes of commands, each an array of words. */
export function commands(...list) {
  return Uint8Array.from(list.flatMap((words) => [...command(words)]));
}

/** Returns the bytes of one command. */
export function command(words) {
  const parts = words.map((word) => (typeof word === 'string' ? encoder.encode(word) : word));
  const bytes = [encoder.encode(`*${parts.length}\r\n`)];
  for (const part of parts) {
    bytes.push(encoder.encode(`$${part.length}\r\n`), part, encoder.encode('\r\n'));
  }
  return Buffer.concat(bytes);
}

/** An error, as the node has said it. */
export class Refused {
  constructor(text) {
    this.text = text;
  }

  /** The first word. */
  get word() {
    return this.text.split(' ', 1)[0];
  }
}

/** A message that nobody asked for. */
export class Push {
  constructor(values) {
    this.values = values;
  }
}

/** Returns the values of a stream of whole messages; strings are text. */
export function replies(bytes) {
  const reader = new Reader(bytes);
  const values = [];
  while (reader.at < bytes.length) {
    values.push(reader.value());
  }
  return values;
}

class Reader {
  at = 0;
  #bytes;

  constructor(bytes) {
    this.#bytes = bytes;
  }

  value() {
    const kind = String.fromCharCode(this.#bytes[this.at]);
    const end = this.#bytes.indexOf(10, this.at);
    if (end < 0) {
      throw new Error('a message is cut');
    }
    const line = decoder.decode(this.#bytes.subarray(this.at + 1, end - 1));
    this.at = end + 1;
    switch (kind) {
      case '+':
        return line;
      case '-':
        return new Refused(line);
      case ':':
        return Number(line);
      case '_':
        return null;
      case '$':
      case '=':
        return this.#text(Number(line));
      case '*':
        return this.#values(Number(line));
      case '%':
        return this.#values(2 * Number(line));
      case '>':
        return new Push(this.#values(Number(line)));
      default:
        throw new Error(`a message begins with ${JSON.stringify(kind)}`);
    }
  }

  #text(length) {
    const text = this.#bytes.subarray(this.at, this.at + length);
    if (text.length < length) {
      throw new Error('a string is cut');
    }
    this.at += length + 2;
    return decoder.decode(text);
  }

  #values(length) {
    return Array.from({ length }, () => this.value());
  }
}

/** Returns the 16 bytes of a version. */
export function version(ms, counter = 0, writer = 1n) {
  const view = new DataView(new ArrayBuffer(16));
  view.setBigUint64(0, (BigInt(ms) << 16n) | BigInt(counter));
  view.setBigUint64(8, writer);
  return new Uint8Array(view.buffer);
}
