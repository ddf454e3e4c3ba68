/** Tags of image repositories as they were last listed, by `namespace/name` of the ImageRepository. */

export interface TagStore {
  /** The greatest text first. */
  set(key: string, tags: readonly string[]): void;
  /** None when they were never listed, or not since the start. */
  get(key: string): readonly string[];
  delete(key: string): void;
}

export function createTagStore(): TagStore {
  const known = new Map<string, readonly string[]>();
  return {
    set: (key, tags) => {
      known.set(key, tags);
    },
    get: (key) => known.get(key) ?? [],
    delete: (key) => {
      known.delete(key);
    },
  };
}

/** The revision of a list of tags: Adler-32 of it as JSON, in decimal, as the original's database has it. */
export function checksumOf(tags: readonly string[]): string {
  let a = 1;
  let b = 0;
  for (const byte of Buffer.from(JSON.stringify(tags))) {
    a = (a + byte) % 65_521;
    b = (b + a) % 65_521;
  }
  return String(b * 65_536 + a);
}
