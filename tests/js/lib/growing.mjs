/** WebAssembly instances whose memory a test lets grow. */

/**
 * Makes every instance call `before(memory)` before each call of a function of it, until the
 * returned function is called. To grow by nothing detaches views as well.
 */
export function watchInstances(before) {
  const { Instance } = WebAssembly;
  WebAssembly.Instance = class extends Instance {
    constructor(module, imports) {
      super(module, imports);
      const { memory } = super.exports;
      const exports = { ...super.exports };
      for (const [name, call] of Object.entries(super.exports)) {
        if (typeof call === 'function') {
          exports[name] = (...args) => {
            before(memory);
            return call(...args);
          };
        }
      }
      Object.defineProperty(this, 'exports', { value: exports });
    }
  };
  return () => {
    WebAssembly.Instance = Instance;
  };
}
