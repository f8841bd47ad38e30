/** Waiting for what other ends of sockets and threads do. */

/** Resolves when `holds`; the test's own timeout is the limit. */
export async function until(holds) {
  while (!holds()) {
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

/** Resolves when `read` has given the same for a while. */
export async function settled(read) {
  let last;
  for (let same = 0; same < 10;) {
    await new Promise((resolve) => setTimeout(resolve, 20));
    same = read() === last ? same + 1 : 0;
    last = read();
  }
}
