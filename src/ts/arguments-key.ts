/** Arguments as a key: equal for equal arguments, different for different ones. */

import { describe, wrongType } from './errors.js';

/**
 * Returns a key for a list of arguments. Each value is written with its kind and its length or end,
 * so no value can look like a part of another.
 * @throws {TypeError} `ERR_CACHE_INVALID_ARGUMENT`: functions, symbols, class instances, cycles.
 */
export function argumentsKey(args: readonly unknown[]): string {
  return write(args, []);
}

function write(value: unknown, above: readonly object[]): string {
  switch (typeof value) {
    case 'string':
      return `s${value.length}:${value}`;
    case 'number':
      return `n${Object.is(value, -0) ? '-0' : String(value)};`;
    case 'bigint':
      return `b${String(value)};`;
    case 'boolean':
      return value ? 't' : 'f';
    case 'undefined':
      return 'u';
    case 'object':
      return value === null ? '0' : writeObject(value, above);
    case 'function':
    case 'symbol':
      throw cannotTell(`${describe(value)} is among the arguments`);
  }
}

function writeObject(value: object, above: readonly object[]): string {
  if (above.includes(value)) {
    throw cannotTell('the arguments contain themselves');
  }
  const path = [...above, value];
  const inner = (part: unknown): string => write(part, path);
  if (Array.isArray(value)) {
    return `[${Array.from(value, (_, at) => (at in value ? inner(value[at]) : '_')).join('')}]`;
  }
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype === Object.prototype || prototype === null) {
    checkSymbols(value);
    const fields = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
    return `{${fields.map(([name, part]) => inner(name) + inner(part)).join('')}}`;
  }
  if (prototype === Date.prototype) {
    return `d${(value as Date).getTime()};`;
  }
  if (prototype === Map.prototype) {
    return `(${[...(value as Map<unknown, unknown>)].map(inner).join('')})`;
  }
  if (prototype === Set.prototype) {
    return `<${[...(value as Set<unknown>)].map(inner).join('')}>`;
  }
  throw cannotTell(`an instance of ${describeClass(value)} is among the arguments`);
}

function describeClass(value: object): string {
  const { constructor } = value as { constructor?: { name?: string } };
  return constructor?.name ?? 'a class';
}

function checkSymbols(value: object): void {
  if (Object.getOwnPropertySymbols(value).length !== 0) {
    throw cannotTell('an object with symbols for names is among the arguments');
  }
}

function cannotTell(reason: string): TypeError {
  return wrongType(
    `${reason}, and no default key can tell such calls apart; give the option 'key'`,
  );
}
