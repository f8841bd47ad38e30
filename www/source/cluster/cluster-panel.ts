import { Panel } from '../shell/panel';
export class ClusterPanel extends Panel {
  static readonly tag = 'cluster-panel';
  protected readonly markup = '<h1>Cluster</h1>';
  protected start(): void {}
}
customElements.define(ClusterPanel.tag, ClusterPanel);
