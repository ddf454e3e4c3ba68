/** Tokens with the look-ahead that the parser needs: up to two may be given back. */
import { byteLength, quote } from '../values/mod.ts';
import { createLexer } from './lex.ts';
import type { Token } from './lex.ts';

export interface Tokens {
  next(): Token;
  /** Like `next`, without spaces. */
  nextSolid(): Token;
  peek(): Token;
  peekSolid(): Token;
  /** Gives tokens back, the one to be read first last. */
  back(...tokens: Token[]): void;
  /** Line of the token that was read from the text last: where Go says an error is. */
  line(): number;
}

export function createTokens(text: string): Tokens {
  const lex = createLexer(text);
  const held: Token[] = [];
  let line = 0;
  const next = (): Token => {
    const known = held.pop();
    if (known !== undefined) return known;
    const token = lex();
    ({ line } = token);
    return token;
  };
  const nextSolid = (): Token => {
    let token = next();
    while (token.type === 'space') token = next();
    return token;
  };
  const back = (...tokens: Token[]) => {
    held.push(...tokens);
  };
  const kept = (read: () => Token) => (): Token => {
    const token = read();
    back(token);
    return token;
  };
  return {
    next,
    nextSolid,
    peek: kept(next),
    peekSolid: kept(nextSolid),
    back,
    line: () => line,
  };
}

/** A token in an error message: keywords in angle brackets, others quoted, long ones cut. */
export function printToken({ type, text }: Token): string {
  if (type === 'end') return 'EOF';
  if (type === 'error') return text;
  if (type === 'keyword' || type === 'dot' || type === 'nil') return `<${text}>`;
  const short = byteLength(text) <= 10;
  return short ? quote(text) : `${quote([...text].slice(0, 10).join(''))}...`;
}
