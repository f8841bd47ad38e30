/** Sorts columns of numbers away from the page. */

/** What is asked: a column and the direction, 1 or -1. */
export interface SortJob {
  readonly column: Float64Array;
  readonly direction: number;
}

addEventListener('message', ({ data }: MessageEvent<SortJob>) => {
  const { column, direction } = data;
  const order = Uint32Array.from(column, (_, at) => at);
  order.sort((left, right) => direction * (column[left]! - column[right]!) || left - right);
  postMessage(order, { transfer: [order.buffer] });
});
