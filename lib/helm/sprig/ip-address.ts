/** `net.ParseIP`. */

/** 4 or 16 bytes; an IPv4 address within IPv6 becomes one of 4. `undefined` for what is no address. */
export function parseIp(text: string): Uint8Array | undefined {
  if (!text.includes(':')) return parseIpv4(text);
  let head = text;
  let tail: number[] = [];
  const dotted = /^(.*:)([0-9]+\.[0-9.]+)$/.exec(text);
  if (dotted !== null) {
    const four = parseIpv4(dotted[2] ?? '');
    if (four === undefined) return undefined;
    tail = [...four];
    head = (dotted[1] ?? '').replace(/(?<!:):$/, '');
  }
  const sides = head.split('::');
  if (sides.length > 2) return undefined;
  const groups = sides.map((side) => (side === '' ? [] : side.split(':')));
  const all = groups.flat();
  if (!all.every((group) => /^[0-9a-fA-F]{1,4}$/.test(group))) return undefined;
  const [left = [], right = []] = groups.map((side) =>
    side.flatMap((group) => {
      const value = Number.parseInt(group, 16);
      return [value >> 8, value & 0xff];
    }),
  );
  const missing = 16 - left.length - right.length - tail.length;
  if (sides.length === 1 ? missing !== 0 : missing < 2) return undefined;
  const bytes = [...left, ...new Array<number>(missing).fill(0), ...right, ...tail];
  const isMapped = bytes.slice(0, 10).every((byte) => byte === 0) && bytes[10] === 255;
  return Uint8Array.from(isMapped && bytes[11] === 255 ? bytes.slice(12) : bytes);
}

function parseIpv4(text: string): Uint8Array | undefined {
  const parts = text.split('.');
  const isGood = parts.every((part) => /^(0|[1-9][0-9]{0,2})$/.test(part) && Number(part) < 256);
  return parts.length === 4 && isGood ? Uint8Array.from(parts, Number) : undefined;
}
