// `using` frees what the engine holds; where Symbol.dispose does not exist yet, `free()` does.

/** Adds the method that `using` calls. */
export const disposable = <T extends { free(): void }>(owner: T): T & Disposable =>
  Object.assign(owner, { [Symbol.dispose ?? Symbol('dispose')]: () => owner.free() }) as T & Disposable;
