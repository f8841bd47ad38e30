import { Panel } from '../shell/panel';
export class LivePanel extends Panel {
  static readonly tag = 'live-panel';
  protected readonly markup = '<h1>Live</h1>';
  protected start(): void {}
}
customElements.define(LivePanel.tag, LivePanel);
