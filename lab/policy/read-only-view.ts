/**
 * An object that shows the fields of `source` as they change and throws where somebody writes to it. `{...view}` copies
 * the values. Made once, it allocates nothing afterwards.
 * @param instead What to show instead of some of the fields.
 */
export function readOnlyView<T extends object>(source: T, instead: Partial<T> = {}): Readonly<T> {
  const view = {};
  for (const key of Object.keys(source) as (keyof T & string)[]) {
    Object.defineProperty(view, key, {
      enumerable: true,
      get: key in instead ? () => instead[key] : () => source[key],
      set() {
        throw new TypeError(`${key} is read-only: copy what you want to change`);
      },
    });
  }
  return Object.freeze(view) as Readonly<T>;
}
