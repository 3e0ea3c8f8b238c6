/** Numbers under names, row by row. The first row names them; later ones put as many, in the same order, and their names are not looked at. */
export class Sheet {
  readonly names: string[] = [];
  rows = 0;
  readonly #cells: number[] = [];
  #column = 0;

  /** The next number of the row that is being written. */
  put(name: string, value: number): void {
    if (this.rows === 0) this.names.push(name);
    this.#cells.push(value);
    this.#column++;
  }

  /** @throws Error for a row of another length than the first */
  endRow(): void {
    if (this.#column !== this.names.length)
      throw new Error(`a row of ${this.#column} numbers, the first has ${this.names.length}`);
    this.#column = 0;
    this.rows++;
  }

  /** The number in a row. @throws Error for a name that there is not */
  at(row: number, name: string): number {
    const column = this.names.indexOf(name);
    if (column < 0) throw new Error(`no column ${name}`);
    return this.#cells[row * this.names.length + column];
  }

  /** Columns by name, each number turned into another one. */
  columns(turned: (value: number) => number): Record<string, Float32Array> {
    const { rows, names } = this;
    return Object.fromEntries(
      names.map((name, j) => [
        name,
        Float32Array.from({ length: rows }, (_, i) => turned(this.#cells[i * names.length + j])),
      ]),
    );
  }
}
