/**
 * An object whose properties are separate signals: a component that reads one of them is not updated when another
 * changes, as the drawing does at every point of a stroke.
 */
export interface Signals<T> {
  /** The current value; always the same object. Reading a property subscribes to that property only. */
  readonly live: T;
  /** Replaces the value. */
  set(next: T): void;
}

export function signals<T extends object>(first: T): Signals<T> {
  const properties = Object.entries(first).map(([name, value]) => [name as keyof T, signal(value)] as const);
  const live = Object.create(null);
  for (const [name, { get }] of properties) Object.defineProperty(live, name, { get, enumerable: true });
  return {
    live,
    set(next) {
      for (const [name, { set }] of properties) set(next[name]);
    },
  };
}

function signal<V>(first: V): { get: () => V; set: (next: V) => void } {
  let value = $state.raw(first);
  return {
    get: () => value,
    set: (next) => {
      value = next;
    },
  };
}
