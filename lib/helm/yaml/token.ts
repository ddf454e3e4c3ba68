/** Tokens of a YAML stream and the scanner's view of characters. */

export const TokenType = {
  StreamEnd: 0,
  VersionDirective: 1,
  TagDirective: 2,
  DocumentStart: 3,
  DocumentEnd: 4,
  BlockSequenceStart: 5,
  BlockMappingStart: 6,
  BlockEnd: 7,
  FlowSequenceStart: 8,
  FlowSequenceEnd: 9,
  FlowMappingStart: 10,
  FlowMappingEnd: 11,
  BlockEntry: 12,
  FlowEntry: 13,
  Key: 14,
  Value: 15,
  Alias: 16,
  Anchor: 17,
  Tag: 18,
  Scalar: 19,
} as const;

export type TokenType = (typeof TokenType)[keyof typeof TokenType];

/** How a scalar is written. */
export type ScalarStyle = 'plain' | 'single' | 'double' | 'literal' | 'folded';

export interface Token {
  type: TokenType;
  /** Zero based. */
  line: number;
  /** Text of a scalar, name of an anchor or alias, suffix of a tag, prefix of a tag directive. */
  value: string;
  /** Handle of a tag or a tag directive. */
  handle: string;
  /** Of a scalar: written without quotes or block indicator. */
  plain: boolean;
  /** Of a scalar. */
  style?: ScalarStyle;
}

/** Space or tab. */
export function isBlank(code: number): boolean {
  return code === 0x20 || code === 0x09;
}

/** YAML 1.1 knows five line breaks. */
export function isBreak(code: number): boolean {
  return code === 0x0a || code === 0x0d || code === 0x85 || code === 0x2028 || code === 0x2029;
}

/** Line break or end of the text (which the scanner marks by a NUL). */
export function isBreakOrEnd(code: number): boolean {
  return code === 0 || isBreak(code);
}

export function isBlankOrEnd(code: number): boolean {
  return code === 0x20 || code === 0x09 || code === 0 || isBreak(code);
}

/** Letters, digits, `_` and `-`: what anchors and tag handles are made of. */
export function isWord(code: number): boolean {
  return (
    (code >= 0x61 && code <= 0x7a) ||
    (code >= 0x41 && code <= 0x5a) ||
    (code >= 0x30 && code <= 0x39) ||
    code === 0x5f ||
    code === 0x2d
  );
}
