export interface FrameHost {
  requestFrame(run: () => void): void;
  hidden(): boolean;
  onVisible(run: () => void): void;
}

export const browserFrames: FrameHost = {
  requestFrame: (run) => void requestAnimationFrame(run),
  hidden: () => document.hidden,
  onVisible: (run) => document.addEventListener('visibilitychange', () => !document.hidden && run()),
};

interface Clock {
  now: () => number;
  later: (run: () => void, ms: number) => void;
}

const browserClock: Clock = { now: () => performance.now(), later: (run, ms) => void setTimeout(run, ms) };

/** Frames that are at least so far apart: a number that changes sixty times a second is read by nobody. The first comes at once. */
export function paced(host: FrameHost, leastMs: number, clock: Clock = browserClock): FrameHost {
  let last = -Infinity;
  const frame = (run: () => void) => host.requestFrame(() => { last = clock.now(); run(); });
  return {
    ...host,
    requestFrame: (run) => {
      const wait = last + leastMs - clock.now();
      if (wait > 0) clock.later(() => frame(run), wait);
      else frame(run);
    },
  };
}

/**
 * Collects what arrives and hands it over once per animation frame. While the page is hidden nothing is handed over; what
 * waits is folded by `merge`, so it stays small however long nobody looks.
 */
export class FrameBatcher<T> {
  private pending: T | undefined;
  private scheduled = false;

  constructor(
    private readonly merge: (waiting: T, next: T) => T,
    private readonly apply: (folded: T) => void,
    private readonly host: FrameHost = browserFrames,
  ) {
    host.onVisible(() => this.schedule());
  }

  push(item: T): void {
    this.pending = this.pending === undefined ? item : this.merge(this.pending, item);
    this.schedule();
  }

  private schedule() {
    if (this.scheduled || this.pending === undefined || this.host.hidden()) return;
    this.scheduled = true;
    this.host.requestFrame(() => this.flush());
  }

  private flush() {
    this.scheduled = false;
    const folded = this.pending;
    // The page may have been hidden between the request and the frame.
    if (folded === undefined || this.host.hidden()) return;
    this.pending = undefined;
    this.apply(folded);
  }
}
