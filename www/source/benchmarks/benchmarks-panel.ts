import { Panel } from '../shell/panel';
export class BenchmarksPanel extends Panel {
  static readonly tag = 'benchmarks-panel';
  protected readonly markup = '<h1>Benchmarks</h1>';
  protected start(): void {}
}
customElements.define(BenchmarksPanel.tag, BenchmarksPanel);
