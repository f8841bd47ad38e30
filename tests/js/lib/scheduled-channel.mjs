/** A channel whose messages are delivered when the test says so, in any order or not at all. */

/** Joins ends that send to all others; the test delivers. */
export class ScheduledChannel {
  #ends = [];
  /** The deliveries that wait. */
  waiting = [];
  /** How many messages have been posted. */
  posted = 0;

  /** Returns one more end. */
  join() {
    const end = { listener: () => {} };
    this.#ends.push(end);
    return {
      post: (message) => {
        this.posted += 1;
        for (const other of this.#ends) {
          if (other !== end) this.waiting.push([other, message.slice()]);
        }
      },
      onMessage: (listener) => {
        end.listener = listener;
        return () => {
          end.listener = () => {};
        };
      },
    };
  }

  /** Delivers the one at `at`; again later, if it is to come `twice`. */
  deliver(at, twice = false) {
    const [[end, message]] = this.waiting.splice(at, 1);
    if (twice) this.waiting.push([end, message]);
    end.listener(message);
  }

  /** Delivers everything, in the order it was sent. */
  deliverAll() {
    while (this.waiting.length > 0) this.deliver(0);
  }
}
