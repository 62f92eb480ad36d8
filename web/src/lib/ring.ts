export interface Reading {
  at: number;
  /** `null` where there is a gap: no value, a bad one, or a break in the stream. */
  value: number | null;
}

/** The last readings of one tag, oldest first, in a fixed amount of memory. */
export class Ring {
  private readonly at: Float64Array;
  private readonly value: Float64Array;
  private next = 0;
  private count = 0;

  constructor(readonly capacity: number) {
    this.at = new Float64Array(capacity);
    this.value = new Float64Array(capacity);
  }

  push(at: number, value: number | null): void {
    this.at[this.next] = at;
    this.value[this.next] = value ?? Number.NaN;
    this.next = (this.next + 1) % this.capacity;
    this.count = Math.min(this.capacity, this.count + 1);
  }

  get length(): number {
    return this.count;
  }

  /** Readings after `since`, oldest first. */
  readings(since = Number.NEGATIVE_INFINITY): Reading[] {
    const found: Reading[] = [];
    for (let i = 0; i < this.count; i += 1) {
      const slot = (this.next - this.count + i + this.capacity) % this.capacity;
      const at = this.at[slot] ?? 0;
      const value = this.value[slot] ?? Number.NaN;
      if (at > since) found.push({ at, value: Number.isNaN(value) ? null : value });
    }
    return found;
  }

  clear(): void {
    this.next = 0;
    this.count = 0;
  }
}
