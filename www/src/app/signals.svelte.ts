/**
 * A value whose parts are signals of their own: what shows one of them is not asked anew when another changes, as the
 * drawing does at every point of a stroke.
 */
export interface Parts<T> {
  /** The value as it is now; always the same object, and reading a part of it listens to that part alone. */
  readonly live: T;
  /** Puts another value in its place. */
  set(next: T): void;
}

export function parts<T extends object>(first: T): Parts<T> {
  const cells = Object.entries(first).map(([name, value]) => [name as keyof T, cell(value)] as const);
  const live = Object.create(null);
  for (const [name, { get }] of cells) Object.defineProperty(live, name, { get, enumerable: true });
  return {
    live,
    set(next) {
      for (const [name, { set }] of cells) set(next[name]);
    },
  };
}

function cell<V>(first: V): { get: () => V; set: (next: V) => void } {
  let value = $state.raw(first);
  return {
    get: () => value,
    set: (next) => {
      value = next;
    },
  };
}
