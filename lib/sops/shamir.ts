/** Shamir's sharing of a secret, byte by byte over GF(2^8) with the polynomial of AES, as Vault and sops do it. Pure. */
import { SopsError } from './errors.ts';

/**
 * @param shares of one secret, each with its x behind the values of y; as many as it takes, or more
 * @throws SopsError `Corrupt` when they are no shares of one secret
 */
export function combineShares(shares: readonly Uint8Array[]): Uint8Array {
  const size = (shares[0]?.byteLength ?? 0) - 1;
  const xs = shares.map((share) => share.at(-1) ?? 0);
  const fits = size > 0 && shares.every((share) => share.byteLength === size + 1);
  if (!fits || new Set(xs).size !== xs.length)
    throw new SopsError('Corrupt', 'the parts of the data key do not go together');
  // Lagrange's polynomials at 0; subtraction is addition here.
  const weights = xs.map((x, at) =>
    xs
      .filter((_, other) => other !== at)
      .reduce((weight, other) => times(weight, times(other, inverse(x ^ other))), 1),
  );
  return Uint8Array.from({ length: size }, (_, at) =>
    shares.reduce((sum, share, which) => sum ^ times(share[at] ?? 0, weights[which] ?? 0), 0),
  );
}

function times(a: number, b: number): number {
  let product = 0;
  for (let [left, right] = [a, b]; right > 0; right >>= 1) {
    if ((right & 1) === 1) product ^= left;
    left = left < 0x80 ? left << 1 : (left << 1) ^ 0x11b;
  }
  return product;
}

/** The multiplicative group has 255 elements. */
function inverse(value: number): number {
  let result = 1;
  for (let power = 0; power < 254; power++) result = times(result, value);
  return result;
}
