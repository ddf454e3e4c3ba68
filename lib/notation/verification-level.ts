/** What a trust policy asks for: each check enforced, logged or skipped. */
import { isRecord } from '../runtime/mod.ts';
import { quote, quoteAll } from './quote.ts';

export const checks = [
  'integrity',
  'authenticity',
  'authenticTimestamp',
  'expiry',
  'revocation',
] as const;
export type Check = (typeof checks)[number];
const actions = ['enforce', 'log', 'skip'] as const;
export type Action = (typeof actions)[number];

export type Enforcement = Readonly<Record<Check, Action>>;

export interface VerificationLevel {
  name: string;
  enforcement: Enforcement;
}

const all = (rest: Action, authenticity: Action = rest): Enforcement => ({
  integrity: rest === 'skip' ? 'skip' : 'enforce',
  authenticity,
  authenticTimestamp: rest,
  expiry: rest,
  revocation: rest,
});

const levels: ReadonlyMap<string, Enforcement> = new Map([
  ['strict', all('enforce')],
  ['permissive', all('log', 'enforce')],
  ['audit', all('log')],
  ['skip', all('skip')],
]);

/** @throws Error why it is none */
export function readLevel(name: string, override: unknown): VerificationLevel {
  if (name === '')
    throw new Error(
      'signature verification level is empty or missing in the trust policy statement',
    );
  const base = levels.get(name);
  if (base === undefined) throw new Error(`invalid signature verification level ${quote(name)}`);
  const changes = Object.entries(isRecord(override) ? override : {});
  if (changes.length === 0) return { name, enforcement: base };
  if (name === 'skip')
    throw new Error(
      `signature verification level ${quote(name)} can't be used to customize signature verification`,
    );
  const enforcement: Record<Check, Action> = { ...base };
  const where = 'in custom signature verification';
  for (const [key, value] of changes) {
    const check = checks.find((each) => each === key);
    if (check === undefined)
      throw new Error(
        `verification type ${quote(key)} ${where} is not supported, supported values are ${quoteAll(checks)}`,
      );
    const action = actions.find((each) => each === value);
    if (action === undefined)
      throw new Error(
        `verification action ${quote(String(value))} ${where} is not supported, supported values are ${quoteAll(actions)}`,
      );
    if (check === 'integrity')
      throw new Error(`${quote(key)} verification can not be overridden ${where}`);
    if (check !== 'revocation' && action === 'skip')
      throw new Error(`${quote(key)} verification can not be skipped ${where}`);
    enforcement[check] = action;
  }
  return { name: 'custom', enforcement };
}
