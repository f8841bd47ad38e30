/** What all panels are: an element that stops what it has started when it leaves the page. */

/** A panel. The markup is there when `start` is called; `signal` ends with the panel. */
export abstract class Panel extends HTMLElement {
  #life: AbortController | undefined;

  /** The markup, which is ours alone: nothing from outside is ever put into it. */
  protected abstract readonly markup: string;

  /** Begins the panel's work. */
  protected abstract start(signal: AbortSignal): void;

  /** The platform calls it when the panel is shown. */
  connectedCallback(): void {
    this.#life = new AbortController();
    this.innerHTML = this.markup;
    this.start(this.#life.signal);
  }

  /** The platform calls it when the panel is gone. */
  disconnectedCallback(): void {
    this.#life?.abort();
  }

  /** Returns the one element in the panel that `selector` names. */
  find<E extends Element = HTMLElement>(selector: string): E {
    const found = this.querySelector<E>(selector);
    if (found === null) {
      throw new Error(`no ${selector} in ${this.localName}`);
    }
    return found;
  }

  /** Returns the field of this name. */
  field(name: string): HTMLInputElement {
    return this.find<HTMLInputElement>(`[name="${name}"]`);
  }

  /** Calls `listener` for an event of the part until the panel is gone. */
  protected listen(selector: string, type: string, listener: (event: Event) => void): void {
    this.find(selector).addEventListener(type, listener, { signal: this.#life!.signal });
  }
}
