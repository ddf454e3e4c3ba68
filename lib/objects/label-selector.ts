/** Selectors of labels and annotations: `app=web,tier in (a, b),!canary`, with the messages of apimachinery. Pure. */
import { Fault } from '../runtime/mod.ts';

type Labels = ReadonlyMap<string, string>;
export type LabelSelector = (labels: Labels) => boolean;

interface Token {
  type: 'end' | 'identifier' | 'word' | 'symbol' | 'error';
  text: string;
}

const symbols = new Set([')', ',', '!', '==', '=', '>', '<', '!=', '(']);

function scan(text: string): Token[] {
  const tokens: Token[] = [];
  const pattern = /\s+|([=!(),<>]+)|([^\s=!(),<>]+)/g;
  for (const [, special, word] of text.matchAll(pattern)) {
    if (word !== undefined) {
      tokens.push({ type: word === 'in' || word === 'notin' ? 'word' : 'identifier', text: word });
    } else if (special !== undefined) tokens.push(...scanSymbols(special));
  }
  tokens.push({ type: 'end', text: '' });
  return tokens;
}

/** The longest symbols that begin at each place. */
function scanSymbols(text: string): Token[] {
  const tokens: Token[] = [];
  for (let at = 0; at < text.length;) {
    const two = text.slice(at, at + 2);
    const symbol = symbols.has(two) ? two : text.slice(at, at + 1);
    const known = symbols.has(symbol);
    tokens.push({
      type: known ? 'symbol' : 'error',
      text: known ? symbol : `error expected: keyword found '${symbol}'`,
    });
    at += symbol.length;
  }
  return tokens;
}

/**
 * @param selector '' for all
 * @throws Fault `BadSelector`
 */
export function parseLabelSelector(selector: string): LabelSelector {
  const parser = new SelectorParser(scan(selector));
  const tests = parser.requirements();
  return (labels) => tests.every((test) => test(labels));
}

class SelectorParser {
  private readonly tokens: readonly Token[];
  private at = 0;

  constructor(tokens: readonly Token[]) {
    this.tokens = tokens;
  }

  requirements(): LabelSelector[] {
    const tests: LabelSelector[] = [];
    for (;;) {
      const token = this.peek();
      if (token.type === 'end') return tests;
      if (!startsRequirement(token)) {
        throw bad(`found '${token.text}', expected: !, identifier, or 'end of string'`);
      }
      tests.push(this.requirement());
      const next = this.take();
      if (next.type === 'end') return tests;
      if (next.text !== ',') {
        throw bad(`found '${next.text}', expected: ',' or 'end of string'`);
      }
      const after = this.peek();
      if (!startsRequirement(after)) {
        throw bad(`found '${after.text}', expected: identifier after ','`);
      }
    }
  }

  private peek(): Token {
    return this.tokens[this.at] ?? { type: 'end', text: '' };
  }

  private take(): Token {
    const token = this.peek();
    this.at += 1;
    return token;
  }

  private requirement(): LabelSelector {
    let token = this.take();
    const negated = token.text === '!';
    if (negated) token = this.take();
    if (!isWord(token)) unparsed(`found '${token.text}', expected: identifier`);
    const key = token.text;
    const problem = keyProblem(key);
    if (problem !== undefined) unparsed(`invalid label key ${JSON.stringify(key)}: ${problem}`);
    const next = this.peek();
    if (next.type === 'end' || next.text === ',') return (labels) => labels.has(key) !== negated;
    if (negated) unparsed(`found '${next.text}', expected: ',' or 'end of string'`);
    return this.comparison(key);
  }

  private comparison(key: string): LabelSelector {
    const operator = this.take();
    switch (operator.text) {
      case 'in':
      case 'notin': {
        const values = this.values();
        const wanted = operator.text === 'in';
        return (labels) => {
          const value = labels.get(key);
          return value === undefined ? !wanted : values.has(value) === wanted;
        };
      }
      case '=':
      case '==': {
        const value = this.value();
        return (labels) => labels.get(key) === value;
      }
      case '!=': {
        const value = this.value();
        return (labels) => labels.get(key) !== value;
      }
      case '>':
      case '<': {
        const text = this.value();
        if (!/^[-+]?\d+$/.test(text)) {
          unparsed("for 'Gt', 'Lt' operators, the value must be an integer");
        }
        const greater = operator.text === '>';
        return (labels) => {
          const value = labels.get(key);
          if (value === undefined || !/^[-+]?\d+$/.test(value)) return false;
          return greater ? BigInt(value) > BigInt(text) : BigInt(value) < BigInt(text);
        };
      }
      default:
        return unparsed(`found '${operator.text}', expected: '=', '!=', '==', 'in', notin'`);
    }
  }

  private value(): string {
    const token = this.peek();
    if (token.type === 'end' || token.text === ',') return '';
    this.at += 1;
    if (!isWord(token)) unparsed(`found '${token.text}', expected: identifier`);
    return checkedValue(token.text);
  }

  private values(): Set<string> {
    const open = this.take();
    if (open.text !== '(') unparsed(`found '${open.text}' expected: '('`);
    const values = new Set<string>();
    let expectsValue = true;
    for (;;) {
      const token = this.take();
      if (isWord(token) && expectsValue) {
        values.add(checkedValue(token.text));
        expectsValue = false;
      } else if (token.text === ',') {
        if (expectsValue) values.add('');
        expectsValue = true;
      } else if (token.text === ')') {
        if (expectsValue) values.add('');
        return values;
      } else if (expectsValue) {
        unparsed(`found '${token.text}', expected: ',', or identifier`);
      } else unparsed(`found '${token.text}', expected: ',' or ')'`);
    }
  }
}

function isWord(token: Token): boolean {
  return token.type === 'identifier' || token.type === 'word';
}

function startsRequirement(token: Token): boolean {
  return isWord(token) || token.text === '!';
}

const bad = (message: string) => new Fault('BadSelector', 'stall', 'selector', message);

function unparsed(problem: string): never {
  throw bad(`unable to parse requirement: ${problem}`);
}

const nameRule =
  "name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')";
const valueRule =
  "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')";

function keyProblem(key: string): string | undefined {
  const name = key.slice(key.lastIndexOf('/') + 1);
  if (name === '') return 'name part must be non-empty';
  if (name.length > 63) return 'name part must be no more than 63 characters';
  return /^(?:[A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]$/.test(name) ? undefined : nameRule;
}

function checkedValue(value: string): string {
  if (/^(?:(?:[A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?$/.test(value)) return value;
  return unparsed(
    `invalid label value: ${JSON.stringify(value)}: at key: ${JSON.stringify('')}: ${valueRule}`,
  );
}
