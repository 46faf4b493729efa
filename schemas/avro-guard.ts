import avro from 'avsc';

/**
 * avsc believes the item count of an array or a map before it looks at the bytes: a damaged or hostile record of
 * fifty bytes that claims 2^26 items costs ten seconds and gigabytes, and stops its partition. An item of ours takes
 * at least one byte, so a count beyond the bytes that are left is wrong; here it is refused first.
 */
interface Tap {
  readonly buf: Uint8Array;
  readonly pos: number;
  readLong(): number;
  skipLong(): void;
  readString(): string;
  skipString(): void;
}
interface ItemType {
  _read(tap: Tap): unknown;
  _skip(tap: Tap): void;
}

const countOf = (tap: Tap): number => {
  let count = tap.readLong();
  if (count < 0) {
    count = -count;
    tap.skipLong();
  }
  if (count > tap.buf.length - tap.pos) throw new RangeError('truncated buffer: more items than bytes');
  return count;
};

interface ArrayPrototype {
  itemsType: ItemType;
  _read(tap: Tap): unknown[];
  _skip(tap: Tap): void;
}
interface MapPrototype {
  valuesType: ItemType;
  _read(tap: Tap): Record<string, unknown>;
  _skip(tap: Tap): void;
}

const arrayPrototype = avro.types.ArrayType.prototype as unknown as ArrayPrototype;
const mapPrototype = avro.types.MapType.prototype as unknown as MapPrototype;

arrayPrototype._read = function read(this: ArrayPrototype, tap: Tap): unknown[] {
  const items: unknown[] = [];
  for (let count = countOf(tap); count > 0; count = countOf(tap)) {
    for (; count > 0; count--) items.push(this.itemsType._read(tap));
  }
  return items;
};
arrayPrototype._skip = function skip(this: ArrayPrototype, tap: Tap): void {
  for (let count = countOf(tap); count > 0; count = countOf(tap)) {
    for (; count > 0; count--) this.itemsType._skip(tap);
  }
};
mapPrototype._read = function read(this: MapPrototype, tap: Tap): Record<string, unknown> {
  const values: Record<string, unknown> = {};
  for (let count = countOf(tap); count > 0; count = countOf(tap)) {
    for (; count > 0; count--) values[tap.readString()] = this.valuesType._read(tap);
  }
  return values;
};
mapPrototype._skip = function skip(this: MapPrototype, tap: Tap): void {
  for (let count = countOf(tap); count > 0; count = countOf(tap)) {
    for (; count > 0; count--) {
      tap.skipString();
      this.valuesType._skip(tap);
    }
  }
};
