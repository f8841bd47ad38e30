/**
 * What Node has and others do not, found without `import()`, `require` or `import.meta`: bundles,
 * service workers and CommonJS have none of them, or another.
 */

/** What Node's `module` has of use here. */
interface ModuleBuiltin {
  createRequire(from: string): (name: string) => unknown;
}

/** The part of `process` that is used here. */
interface Process {
  readonly argv?: readonly string[];
  readonly versions?: { readonly node?: string };
  cwd?(): string;
  getBuiltinModule?(name: string): unknown;
}

const process = (): Process | undefined => (globalThis as { process?: Process }).process;

/** Returns a module of Node's own by its name without `node:`, or `undefined` elsewhere. */
export function nodeBuiltin(name: string): unknown {
  // Node 20.16, 22.3, and everything newer; Deno and Bun, too.
  return process()?.getBuiltinModule?.(`node:${name}`);
}

/**
 * Returns an optional package that the program has beside us, or `undefined`. It is looked for as
 * the program itself would: from its first file, then from the folder it runs in.
 */
export function optionalPackage(name: string): unknown {
  const builtin = nodeBuiltin('module') as ModuleBuiltin | undefined;
  const known = process();
  if (builtin === undefined || known === undefined) {
    return undefined;
  }
  for (const from of [known.argv?.[1], `${known.cwd?.() ?? ''}/`]) {
    try {
      return builtin.createRequire(from!)(name);
    } catch {
      // Not there, or not to be had from there.
    }
  }
  return undefined;
}
