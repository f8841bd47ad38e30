/** Listening to ports and workers: both ends do it. */

/** The two ways in which ports are listened to, and what some of them have. */
export interface Listening {
  addEventListener?(name: string, listener: (event: { readonly data?: unknown }) => void): void;
  removeEventListener?(name: string, listener: (event: { readonly data?: unknown }) => void): void;
  on?(name: string, listener: (data: unknown) => void): void;
  off?(name: string, listener: (data: unknown) => void): void;
  start?(): void;
}

/** What says that a port brings no more: of ports, of Node's workers. */
const ENDS = ['close', 'exit', 'messageerror'];

/** Listens to a port; returns what ends that. */
export function listen(
  port: Listening,
  { message, end }: { message(data: unknown): void; end(): void },
): () => void {
  if (port.addEventListener !== undefined) {
    const onEvent = ({ data }: { readonly data?: unknown }): void => {
      message(data);
    };
    port.addEventListener('message', onEvent);
    ENDS.forEach((name) => port.addEventListener?.(name, end));
    return () => {
      port.removeEventListener?.('message', onEvent);
      ENDS.forEach((name) => port.removeEventListener?.(name, end));
    };
  }
  port.on?.('message', message);
  ENDS.forEach((name) => port.on?.(name, end));
  return () => {
    port.off?.('message', message);
    ENDS.forEach((name) => port.off?.(name, end));
  };
}
