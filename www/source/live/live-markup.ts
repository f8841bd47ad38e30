/** The markup of the live cache. */

import { slider } from '../shell/slider';

/** The policies, as the package names them and as people do. */
export const POLICIES = [
  ['lru', 'LRU'],
  ['fifo', 'FIFO'],
  ['lfu', 'LFU'],
  ['sieve', 'SIEVE'],
  ['s3-fifo', 'S3-FIFO'],
  ['w-tinylfu', 'W-TinyLFU'],
  ['adaptive', 'Adaptive'],
] as const;

const policies = POLICIES.map(
  ([name, label]) =>
    `<option value="${name}"${name === 'adaptive' ? ' selected' : ''}>${label}</option>`,
).join('');

const count = (name: string, label: string): string =>
  `<div><dt>${label}</dt><dd data-count="${name}">0</dd></div>`;

const heading = (by: string, label: string): string =>
  `<th scope="col"><button type="button" value="${by}">${label}</button></th>`;

const skew = slider({
  name: 'skew',
  label: 'Skew',
  note: '(Zipf)',
  min: 0,
  max: 1.4,
  step: 0.05,
  value: 0.9,
});

const scan = slider({
  name: 'scan',
  label: 'Scans',
  note: '(share of requests)',
  min: 0,
  max: 90,
  step: 5,
  value: 0,
});

/** All of it. */
export const LIVE_MARKUP = `
  <header>
    <h1>Live cache</h1>
    <p class="lead">A <code>TTLCache</code> in this page. Turn the load and the cache, and watch the
      hit rate, what stays and what leaves.</p>
  </header>
  <div class="beside">
    <form class="card" autocomplete="off">
      <fieldset>
        <legend>Visitors</legend>
        ${slider({ name: 'speed', label: 'Requests a second', min: 0, max: 100, value: 45 })}
        ${slider({ name: 'keys', label: 'Pages', min: 0, max: 100, value: 30 })}
        ${skew}
        ${scan}
      </fieldset>
      <fieldset>
        <legend>Cache</legend>
        <div class="field"><label for="policy">Who leaves when there is no room</label>
          <select id="policy" name="policy">${policies}</select></div>
        ${slider({ name: 'size', label: 'Room', note: '(maxSize)', min: 0, max: 100, value: 30 })}
        ${slider({ name: 'ttl', label: 'Life', note: '(ttl)', min: 0, max: 9, value: 5 })}
        <label class="check"><input type="checkbox" name="sliding" />
          <span>Each use starts the life anew</span></label>
      </fieldset>
      <div class="buttons">
        <button type="button" class="pause" aria-pressed="false">Pause</button>
        <button type="button" class="fill">Fill it</button>
      </div>
    </form>
    <div>
      <section class="card" aria-labelledby="rate-title">
        <h2 id="rate-title">Hit rate</h2>
        <ul class="legend">
          <li><i class="sea"></i>by requests <b class="rate">0.0 %</b></li>
          <li><i class="sand"></i>by bytes <b class="byte-rate">0.0 %</b></li>
        </ul>
        <div class="chart" role="img" aria-label="The hit rates over the last half minute"></div>
        <details class="rates"><summary>The same as a table</summary>
          <table class="numbers"><caption class="unseen">Hit rates by time</caption></table>
        </details>
      </section>
      <section class="card" aria-labelledby="counts-title">
        <h2 id="counts-title" class="unseen">Counts</h2>
        <dl class="counts">
          ${count('hits', 'hits')}${count('misses', 'misses')}${count('evictions', 'evictions')}
          ${count('expirations', 'expirations')}${count('items', 'entries')}
          ${count('wasmBytes', 'core memory')}
        </dl>
      </section>
      <section class="card" aria-labelledby="map-title">
        <h2 id="map-title">What stays</h2>
        <p class="note">A cell a page, the most popular first. The colour fades as its life
          ends.</p>
        <ul class="legend">
          <li><i class="sea"></i>held</li><li><i class="sand"></i>expired, or just swept</li>
          <li><i class="coral"></i>just evicted</li><li><i class="empty"></i>not held</li>
        </ul>
        <canvas class="map" role="img" aria-label="Which of the most popular pages are held">
        </canvas>
        <details class="held"><summary>The same as a table</summary>
          <table class="numbers"><caption class="unseen">Held pages by popularity</caption></table>
        </details>
      </section>
      <section class="card entries" aria-labelledby="entries-title">
        <h2 id="entries-title">Entries</h2>
        <div class="buttons">
          <label for="filter">Only keys with</label>
          <input id="filter" name="filter" type="search" placeholder="page/1" spellcheck="false" />
          <span class="note listed" role="status"></span>
        </div>
        <div class="window" tabindex="0" role="region" aria-label="The entries that are listed">
          <table>
            <thead><tr>${heading('key', 'Key')}${heading('bytes', 'Size')}${heading('left', 'Left')}
              <th scope="col">State</th><th scope="col"><span class="unseen">Delete</span></th>
            </tr></thead>
            <tbody></tbody>
          </table>
          <div class="spacer"></div>
        </div>
      </section>
    </div>
  </div>`;
