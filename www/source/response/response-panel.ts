/** Explain this response: what an RFC 9111 cache does with it, now and later, and why. */

import { Panel } from '../shell/panel';
import { sayMeaning, slider } from '../shell/slider';
import { fillTable, write } from '../shell/table';
import { describe } from '../shell/trouble';
import { explain, type Explanation } from './explain';
import { readRequest, readResponse } from './headers';
import { drawTimeLine, inWords, spansOf } from './time-line';

const WAIT_MS = 150;

/** Headers to begin with. */
const EXAMPLES: Readonly<Record<string, readonly [string, string]>> = {
  'An API with windows': [
    'GET /tides\nAccept: application/json',
    `200 OK\nCache-Control: max-age=600, stale-while-revalidate=300, stale-if-error=86400
ETag: "tide-7"\nVary: Accept`,
  ],
  'A file for ever': [
    'GET /app.3f9a.js',
    '200 OK\nCache-Control: public, max-age=31536000, immutable\nETag: "3f9a"',
  ],
  'Nobody said anything': [
    'GET /about.html',
    '200 OK\nDate: Mon, 02 Nov 2026 12:00:00 GMT\nLast-Modified: Fri, 23 Oct 2026 12:00:00 GMT',
  ],
  'Must not be stored': ['GET /account', '200 OK\nCache-Control: no-store'],
};

const options = Object.keys(EXAMPLES)
  .map((name) => `<option>${name}</option>`)
  .join('');

/** The panel at the address `#/response`. */
export class ResponsePanel extends Panel {
  /** The element's name. */
  static readonly tag = 'response-panel';

  protected readonly markup = `
    <header>
      <h1>Explain this response</h1>
      <p class="lead">Paste a request and its response, then move time. A response cache of the
        package is really asked, twice; what it says is shown.</p>
    </header>
    <div class="beside">
      <form class="card" autocomplete="off">
        <div class="field"><label for="example">Begin with</label>
          <select id="example" name="example">${options}</select></div>
        <div class="field"><label for="request">Request</label>
          <textarea id="request" name="request" rows="4" spellcheck="false"></textarea></div>
        <div class="field"><label for="response">Response</label>
          <textarea id="response" name="response" rows="8" spellcheck="false"></textarea></div>
        ${slider({ name: 'later', label: 'Asked again after', min: 0, max: 100, value: 55 })}
        <label class="check"><input type="checkbox" name="shared" />
          <span>The cache is shared, as a proxy is</span></label>
        <label class="check"><input type="checkbox" name="down" />
          <span>The origin is down by then</span></label>
        <p class="trouble told" role="status"></p>
      </form>
      <div>
        <section class="card" aria-labelledby="answer-title">
          <h2 id="answer-title">What happens</h2>
          <p class="verdict" role="status"></p>
          <ul class="reasons"></ul>
          <p class="note">The answer carries</p>
          <pre class="status" tabindex="0" role="region" aria-label="Cache-Status"></pre>
          <p class="note asked-title">The origin is asked with</p>
          <pre class="asked" tabindex="0" role="region" aria-label="Conditions"></pre>
        </section>
        <section class="card" aria-labelledby="life-title">
          <h2 id="life-title">Its life</h2>
          <ul class="legend"><li><i class="sea"></i>fresh</li>
            <li><i class="sky"></i>stale-while-revalidate</li>
            <li><i class="sand"></i>stale-if-error</li><li><i class="ink"></i>asked again</li></ul>
          <div class="life"></div>
          <div class="scroll"><table class="numbers"><caption class="unseen">Its life</caption>
          </table></div>
        </section>
      </div>
    </div>`;

  #due: ReturnType<typeof setTimeout> | undefined;
  #asked = 0;

  protected start(signal: AbortSignal): void {
    this.#take('An API with windows');
    this.listen('[name=example]', 'change', () => {
      this.#take(this.field('example').value);
    });
    this.listen('form', 'input', () => {
      clearTimeout(this.#due);
      this.#due = setTimeout(() => void this.#explain(), WAIT_MS);
    });
    this.listen('form', 'submit', (event) => {
      event.preventDefault();
    });
    signal.addEventListener('abort', () => {
      clearTimeout(this.#due);
    });
    void this.#explain();
  }

  #take(name: string): void {
    const [request, response] = EXAMPLES[name]!;
    this.field('request').value = request;
    this.field('response').value = response;
  }

  async #explain(): Promise<void> {
    const turn = ++this.#asked;
    const laterSeconds = this.#later();
    sayMeaning(this.field('later'), inWords(laterSeconds));
    try {
      const explanation = await explain(
        readRequest(this.field('request').value),
        readResponse(this.field('response').value),
        {
          shared: this.field('shared').checked,
          laterSeconds,
          isOriginDown: this.field('down').checked,
        },
      );
      if (turn === this.#asked && this.isConnected) {
        write(this.find('.told'), '');
        this.#show(explanation);
      }
    } catch (error) {
      if (this.isConnected) {
        write(this.find('.told'), describe(error));
      }
    }
  }

  #show(explanation: Explanation): void {
    const { verdict, reasons, cacheStatus, asked, age, lifetime, status } = explanation;
    write(this.find('.verdict'), verdict);
    this.find('.reasons').replaceChildren(
      ...reasons.map((reason) => {
        const line = document.createElement('li');
        line.textContent = reason;
        return line;
      }),
    );
    const answer = status === 0 ? 'no answer' : `${status}\nCache-Status: ${cacheStatus}`;
    write(this.find('.status'), answer);
    this.find('.asked-title').hidden = asked === undefined;
    this.find('.asked').hidden = asked === undefined;
    write(this.find('.asked'), asked?.join('\n') || 'nothing more than the request has');
    this.find('.life').replaceChildren(drawTimeLine(explanation));
    const spans = spansOf(explanation).map(({ name, from, to }) => [
      name,
      inWords(from),
      inWords(to),
    ]);
    fillTable(
      this.find('table'),
      ['window', 'from the age of', 'to'],
      [
        ...(spans.length === 0 ? [['none: it is never served without asking', '', '']] : spans),
        [`now: ${age < lifetime ? 'fresh' : 'stale'}`, inWords(age), ''],
      ],
    );
  }

  /** Returns how much later it is asked again, in seconds: from none to a year. */
  #later(): number {
    const value = Number(this.field('later').value);
    return value === 0 ? 0 : Math.round(31_536_000 ** (value / 100));
  }
}

customElements.define(ResponsePanel.tag, ResponsePanel);
