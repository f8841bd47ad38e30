/** The last moments of a page or a process, as far as it is told of them. */

interface EventSource {
  addEventListener?(event: string, listener: () => void): void;
  removeEventListener?(event: string, listener: () => void): void;
}

interface Scope extends EventSource {
  document?: EventSource & { readonly visibilityState?: string };
  process?: {
    on?(event: string, listener: () => void): void;
    off?(event: string, listener: () => void): void;
  };
}

/** Who is to be told; held weakly, since a page lives longer than its caches. */
const waiting = new Set<WeakRef<{ leave(): void }>>();
const scope = globalThis as unknown as Scope;

/**
 * Calls `one.leave()` when the page is hidden or left, and when the process has nothing more to do,
 * until the function that is returned is called.
 */
export function onLeaving(one: { leave(): void }): () => void {
  const reference = new WeakRef(one);
  if (waiting.size === 0) {
    scope.addEventListener?.('pagehide', tellAll);
    scope.document?.addEventListener?.('visibilitychange', tellWhenHidden);
    scope.process?.on?.('beforeExit', tellAll);
  }
  waiting.add(reference);
  return () => {
    waiting.delete(reference);
    if (waiting.size === 0) {
      scope.removeEventListener?.('pagehide', tellAll);
      scope.document?.removeEventListener?.('visibilitychange', tellWhenHidden);
      scope.process?.off?.('beforeExit', tellAll);
    }
  };
}

function tellAll(): void {
  for (const reference of waiting) {
    const one = reference.deref();
    if (one === undefined) {
      waiting.delete(reference);
    } else {
      one.leave();
    }
  }
}

function tellWhenHidden(): void {
  if (scope.document?.visibilityState === 'hidden') {
    tellAll();
  }
}
