/** The values model: Go's types in JavaScript. Pure. */
export { GoSlice, GoTypedMap, isNil, nilBytes } from './go-collection.ts';
export { GoInt, GoObject, GoPointer } from './go-value.ts';
export type { GoMap, GoValue, IntKind } from './go-value.ts';
export {
  byteLength,
  bytesOfText,
  compareText,
  goSpace,
  hasLooseBytes,
  joinLooseBytes,
  textOfBytes,
  validText,
} from './go-string.ts';
export { canBackquote, quote, quoteRune } from './quote.ts';
export { trimEnd, trimSpace } from './trim.ts';
export {
  goClass,
  isDigit,
  isLetter,
  isLower,
  isNumber,
  isPrint,
  isPunct,
  isTitle,
  isUpper,
  toLower,
  toTitle,
  toUpper,
} from './unicode.ts';
