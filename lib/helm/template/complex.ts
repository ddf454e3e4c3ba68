/** complex128, which only literals such as `1+2i` make. */
import { GoObject } from '../values/mod.ts';

export class GoComplex extends GoObject {
  readonly goType = 'complex128';
  readonly goKind = 'complex128';
  readonly real: number;
  readonly imaginary: number;

  constructor(real: number, imaginary: number) {
    super();
    this.real = real;
    this.imaginary = imaginary;
  }
}
