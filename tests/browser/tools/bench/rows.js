// The table: what was measured, against what, and what the budget is.

/** The middle one of some values. */
export const median = (values) => percentile(values, 50);

/** The value that so many in a hundred do not exceed. */
export function percentile(values, hundredth) {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor((sorted.length * hundredth) / 100))];
}

export const ms = (value) => `${value.toFixed(value < 10 ? 2 : 0)} ms`;
export const megabytes = (bytes) => `${(bytes / 1e6).toFixed(2)} MB`;
export const rate = (bytesPerSecond) => `${(bytesPerSecond / 1e6).toFixed(0)} MB/s`;
export const times = (value) => `${value.toFixed(2)}×`;

/**
 * Collects rows, and says each as it is measured: the whole takes minutes. They have the fields
 * of those of the backend (`backend/examples/bench/rows.rs`), and go into one table with them.
 */
export class Rows {
  constructor() {
    this.all = [];
  }

  /** Adds a row: `met` where there is a budget, `floor` and `ratio` where there is a floor. */
  add(part, what, value, { floor = '', ratio = null, budget = '', met = null } = {}) {
    const row = { part, what, value, floor, ratio: ratio === null ? '' : times(ratio), budget, met };
    this.all.push(row);
    console.error(`  ${part}: ${what}: ${value} ${row.ratio} ${floor && `of ${floor}`}`);
  }
}
