import { Panel } from '../shell/panel';
export class PoliciesPanel extends Panel {
  static readonly tag = 'policies-panel';
  protected readonly markup = '<h1>Policies</h1>';
  protected start(): void {}
}
customElements.define(PoliciesPanel.tag, PoliciesPanel);
