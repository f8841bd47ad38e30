/** The entry of those who watch their caches; it needs no module. */

export { instrument, metricsText, publish } from '../metrics/metrics.js';
export type { Channels, Measured, OpenTelemetry } from '../metrics/metrics.js';
