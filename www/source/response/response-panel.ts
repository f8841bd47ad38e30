import { Panel } from '../shell/panel';
export class ResponsePanel extends Panel {
  static readonly tag = 'response-panel';
  protected readonly markup = '<h1>Response</h1>';
  protected start(): void {}
}
customElements.define(ResponsePanel.tag, ResponsePanel);
