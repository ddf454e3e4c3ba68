/** Random choices that a seed repeats. */
import { stringify } from 'yaml';

const words = ['web', 'api', 'db', 'cache', 'job', 'front', 'back', 'queue'];
const texts = [
  'plain',
  'two words',
  'yes',
  'no',
  'on',
  '123',
  '1.5',
  '0x1F',
  '010',
  '1e3',
  'null',
  '~',
  'true',
  '',
  ' lead',
  'trail ',
  'a: b',
  'a #b',
  '- x',
  '#c',
  '@at',
  "it's",
  'say "hi"',
  'line one\nline two\n',
  '\n leading',
  'tab\there',
  '2021-01-01',
  '2001-12-14T21:59:43.10-05:00',
  '12:30:45',
  'ünï ☃ 𝄞',
  '$(VAR)',
  '{a}',
  '[b]',
  '<<',
  '=',
  '.inf',
  'long '.repeat(30),
];

export class Random {
  private state: number;

  constructor(seed: number) {
    this.state = (seed * 2_654_435_761 + 12_345) >>> 0;
    for (let i = 0; i < 5; i++) this.next();
  }

  /** In [0, 1). */
  next(): number {
    this.state = (this.state + 0x6d2b79f5) >>> 0;
    let t = this.state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  }

  int(below: number): number {
    return Math.floor(this.next() * below);
  }

  chance(share: number): boolean {
    return this.next() < share;
  }

  pick<T>(list: readonly T[]): T {
    const item = list[this.int(list.length)];
    if (item === undefined) throw new Error('nothing to pick from');
    return item;
  }

  some<T>(list: readonly T[]): T[] {
    const some = list.filter(() => this.chance(0.5));
    return some.length > 0 ? some : [this.pick(list)];
  }

  word(): string {
    return this.pick(words);
  }

  /** Anything that a string may be. */
  text(): string {
    return this.pick(texts);
  }

  labelValue(): string {
    return this.pick(['web', 'yes', '1', 'true', '1.0', 'a_b', '2021-01-01']);
  }

  /** Text, number, boolean or null. */
  scalar(): unknown {
    return this.pick<unknown>([this.text(), this.int(100), 1.5, true, false, null, 1e21, -0.001]);
  }

  /** An object as YAML, in one of the styles that people write. */
  document(object: unknown): string {
    const style = this.int(4);
    const text = stringify(object, {
      ...(style === 1 ? { defaultStringType: 'QUOTE_DOUBLE' as const } : {}),
      ...(style === 2 ? { defaultStringType: 'QUOTE_SINGLE' as const } : {}),
      ...(style === 3 ? { indentSeq: false } : {}),
      version: '1.1',
    });
    return this.chance(0.2) ? `# a comment\n${text}` : text;
  }
}
