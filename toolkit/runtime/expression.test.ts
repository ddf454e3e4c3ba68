import { describe, expect, test } from 'vitest';
import { compileExpression } from './expression.ts';

const self = { path: 'team/shop:7', words: ['red', 'blue'], none: [], count: 3 };
const valueOf = (text: string) => compileExpression(text, ['self'], undefined)({ self });

describe('functions beside CEL itself', () => {
  test.each([
    [`self.path.split('/').last().value().split(':').first().value()`, 'shop'],
    [`self.words.first().value()`, 'red'],
    [`self.none.last().hasValue()`, false],
    [`[optional.of(1), optional.none()].unwrapOpt()`, [1n]],
    [`optional.unwrap([optional.none(), optional.of(2)])`, [2n]],
    [`optional.ofNonZeroValue('').orValue('empty')`, 'empty'],
    [`optional.ofNonZeroValue(self.words).value()`, ['red', 'blue']],
    [`self.path.charAt(4)`, '/'],
    [`self.path.charAt(11)`, ''],
    [`self.path.replace('/', '$&')`, 'team$&shop:7'],
    [`'aaa'.replace('a', 'b', 2)`, 'bba'],
    [`'aaa'.replace('a', 'b', -1)`, 'bbb'],
    [`'añb'.reverse()`, 'bña'],
    [`strings.quote('say "hi"\\n')`, String.raw`"say \"hi\"\n"`],
    [`sets.contains(self.words, ['red', 'red'])`, true],
    [`sets.contains([self.count], [3])`, true],
    [`sets.equivalent(self.words, ['blue', 'red', 'blue'])`, true],
    [`sets.equivalent(self.words, ['blue'])`, false],
    [`sets.intersects(self.words, ['green'])`, false],
    [`base64.encode(b'hello')`, 'aGVsbG8='],
    [`string(base64.decode('aGVsbG8'))`, 'hello'],
  ])('%s', (text, want) => {
    expect(valueOf(text)).toEqual(want);
  });
});

describe('string.format', () => {
  test.each([
    [`'%s, %s%%'.format([self.path, dyn('x')])`, 'team/shop:7, x%'],
    [`'%s'.format([self.words])`, '[red, blue]'],
    [`'%s'.format([{'b': true, 'a': false}])`, '{a: false, b: true}'],
    [`'%d %d'.format([7, 8])`, '7 8'],
    [`'%d'.format([self.count])`, '3'],
    [`'%.2f %f'.format([2.5, 0.125])`, '2.50 0.125000'],
    [`'%.1e'.format([1260.0])`, '1.3e+03'],
    [`'%b %o %x %X'.format([5, 8, 255, 255])`, '101 10 ff FF'],
    [`'%x'.format(['hi'])`, '6869'],
  ])('%s', (text, want) => {
    expect(valueOf(text)).toBe(want);
  });

  test.each([
    [`'%d'.format(['a'])`, 'no %d of a value of the type string'],
    [`'%s %s'.format(['a'])`, 'index 1 out of range'],
    [`'%q'.format(['a'])`, 'unrecognized formatting clause "q"'],
    [`'%'.format(['a'])`, 'unexpected end of string'],
  ])('%s fails', (text, why) => {
    expect(() => valueOf(text)).toThrow(why);
  });
});

test.each([
  [`self.path.charAt(12)`, 'index out of range: 12'],
  [`base64.decode('a')`, 'illegal base64 data'],
  [`self.none.first().value()`, 'Optional value is not present'],
])('%s fails', (text, why) => {
  expect(() => valueOf(text)).toThrow(why);
});
