import type { Sheet } from '../pad/drawing';

/** Workers that may break in a row before the page stops starting new ones. */
const LIMIT = 3;

/** The workers lost in a row, and the drawing that broke two of them: the page keeps it, but does not read it again. */
export class Losses {
  #count = 0;
  #suspect: Sheet | null = null;
  #poison: Sheet | null = null;

  get count(): number {
    return this.#count;
  }

  get tooMany(): boolean {
    return this.#count >= LIMIT;
  }

  isPoison(sheet: Sheet | null): boolean {
    return sheet !== null && sheet === this.#poison;
  }

  /** Notes a lost worker and the drawing that it was reading; returns true if that drawing broke the last worker, too. */
  add(sheet: Sheet | null): boolean {
    this.#count += 1;
    const again = sheet !== null && sheet === this.#suspect;
    if (again) this.#poison = sheet;
    this.#suspect = sheet;
    return again;
  }

  /** A drawing was read: the worker is healthy. */
  clear(): void {
    this.#count = 0;
    this.#suspect = null;
  }

  /** The visitor restarts the engine. */
  restart(): void {
    this.#count = 0;
  }
}
