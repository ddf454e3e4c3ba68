/** A difference between two states, for people. */
import type { Difference } from '../diff/compare.ts';

export const printDifference = ({ change, subject, diff }: Difference): string =>
  `${change} ${subject}\n${diff}\n`;
