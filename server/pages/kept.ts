/** Values that are costly to make: one is made once, and kept until others were asked for since. */
export class Kept<T> {
  readonly #values = new Map<string, Promise<T | null>>();
  readonly #most: number;

  constructor(most: number) {
    this.#most = most;
  }

  /** The value of a name; `make` is called if there is none, and what fails or is null is not kept. */
  get(name: string, make: () => Promise<T | null>): Promise<T | null> {
    const value = this.#values.get(name) ?? make();
    // The one that was asked for longest ago stands first.
    this.#values.delete(name);
    this.#values.set(name, value);
    if (this.#values.size > this.#most) this.#values.delete(this.#values.keys().next().value!);
    const forget = () => {
      if (this.#values.get(name) === value) this.#values.delete(name);
    };
    value.then((made) => made === null && forget(), forget);
    return value;
  }
}
