// The order of a table's rows, chosen by a press on a column's head.

export class Sort<Row> {
  key = $state("");
  down = $state(false);
  readonly #columns: Record<string, (row: Row) => number | string>;

  constructor(columns: Record<string, (row: Row) => number | string>) {
    this.#columns = columns;
  }

  /** Numbers begin with the largest, texts with the first; a second press turns round, a third gives the order back. */
  press(key: string, sample: Row | undefined): void {
    const begins_down = sample !== undefined && typeof this.#columns[key]?.(sample) === "number";
    if (this.key !== key) [this.key, this.down] = [key, begins_down];
    else if (this.down === begins_down) this.down = !begins_down;
    else this.key = "";
  }

  aria(key: string): "ascending" | "descending" | undefined {
    return this.key === key ? (this.down ? "descending" : "ascending") : undefined;
  }

  /** The rows in the order chosen; equal ones stay as they were. */
  of(rows: Row[]): Row[] {
    const value = this.#columns[this.key];
    if (!value) return rows;
    const turn = this.down ? -1 : 1;
    return [...rows].sort((a, b) => {
      const [x, y] = [value(a), value(b)];
      return turn * (typeof x === "number" && typeof y === "number" ? x - y : String(x).localeCompare(String(y), "en", { numeric: true }));
    });
  }
}
