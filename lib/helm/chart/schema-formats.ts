/** `format` of JSON schemas, which Helm's validator looks at up to draft 7 (github.com/santhosh-tekuri/jsonschema/v6). */
import { RE2JS } from 're2js';
import { messageOf } from '../../runtime/mod.ts';
import { quote, quoteRune } from '../values/mod.ts';

/** What is wrong with a text, if anything is. */
type Check = (text: string) => string | undefined;

export const formatChecks: Readonly<Record<string, Check>> = {
  ipv4,
  ipv6,
  hostname,
  email,
  uuid,
  date,
  time,
  'date-time': dateTime,
  duration,
  'json-pointer': jsonPointer,
  uri: (text) => urlProblem(text) ?? (scheme.test(text) ? undefined : 'relative url'),
  iri: (text) => urlProblem(text) ?? (scheme.test(text) ? undefined : 'relative url'),
  'uri-reference': (text) => (text.includes('\\') ? 'contains \\' : urlProblem(text)),
  'iri-reference': (text) => (text.includes('\\') ? 'contains \\' : urlProblem(text)),
  regex: (text) => {
    try {
      RE2JS.compile(text);
      return undefined;
    } catch (thrown) {
      return messageOf(thrown);
    }
  },
};

const isDigits = (text: string) => /^[0-9]+$/.test(text);

function ipv4(text: string): string | undefined {
  const groups = text.split('.');
  if (groups.length !== 4) return 'expected four decimals';
  for (const group of groups) {
    if (group.length > 1 && group.startsWith('0')) return 'leading zeros';
    if (!/^[+-]?[0-9]+$/.test(group))
      return `strconv.Atoi: parsing ${quote(group)}: invalid syntax`;
    if (Number(group) < 0 || Number(group) > 255) return 'decimal must be between 0 and 255';
  }
  return undefined;
}

function ipv6(text: string): string | undefined {
  if (!text.includes(':')) return 'missing colon';
  if (text.includes('%')) return 'zone id is not a part of ipv6 address';
  return isIpv6(text) ? undefined : `ParseAddr(${quote(text)}): unable to parse IP`;
}

function isIpv6(text: string): boolean {
  const last = text.slice(text.lastIndexOf(':') + 1);
  const isMixed = last.includes('.');
  if (isMixed && ipv4(last) !== undefined) return false;
  const whole = isMixed ? `${text.slice(0, -last.length)}0:0` : text;
  const halves = whole.split('::');
  if (halves.length > 2) return false;
  const groups = halves.flatMap((half) => (half === '' ? [] : half.split(':')));
  if (!groups.every((group) => /^[0-9a-fA-F]{1,4}$/.test(group))) return false;
  return halves.length === 2 ? groups.length < 8 : groups.length === 8;
}

function hostname(given: string): string | undefined {
  const text = given.replace(/\.$/, '');
  if (text.length > 253) return 'more than 253 characters long';
  for (const label of text.split('.')) {
    if (label.length < 1 || label.length > 63) return 'label must be 1 to 63 characters long';
    if (label.startsWith('-')) return 'label starts with hyphen';
    if (label.endsWith('-')) return 'label ends with hyphen';
    const strange = strangeIn(label, /[a-zA-Z0-9-]/);
    if (strange !== undefined) return strange;
  }
  return undefined;
}

function strangeIn(text: string, allowed: RegExp): string | undefined {
  const strange = [...text].find((char) => !allowed.test(char));
  return strange === undefined ? undefined : `invalid character ${quoteRune(strange, false)}`;
}

function email(text: string): string | undefined {
  if (text.length > 254) return 'more than 255 characters long';
  const at = text.lastIndexOf('@');
  if (at < 0) return 'missing @';
  const [local, domain] = [text.slice(0, at), text.slice(at + 1)];
  if (local.length > 64) return 'local part more than 64 characters long';
  if (local.length > 1 && local.startsWith('"')) {
    if (/[\\"]/.test(local.slice(1, -1)))
      return 'backslash and quote are not allowed within quoted local part';
  } else {
    if (local.startsWith('.')) return 'starts with dot';
    if (local.endsWith('.')) return 'ends with dot';
    if (local.includes('..')) return 'consecutive dots';
    const strange = strangeIn(local, /[a-zA-Z0-9.!#$%&'*+\-/=?^_`{|}~]/);
    if (strange !== undefined) return strange;
  }
  if (domain.startsWith('[') && domain.endsWith(']')) {
    const address = domain.slice(1, -1);
    const isSix = address.startsWith('IPv6:');
    const wrong = isSix ? ipv6(address.slice(5)) : ipv4(address);
    return wrong && `invalid ${isSix ? 'ipv6' : 'ipv4'} address: ${wrong}`;
  }
  const wrong = hostname(domain);
  return wrong && `invalid domain: ${wrong}`;
}

function uuid(text: string): string | undefined {
  const lengths = [8, 4, 4, 4, 12];
  const groups = text.split('-');
  if (groups.length !== lengths.length) return `must have ${lengths.length} elements`;
  for (const [at, group] of groups.entries()) {
    if (group.length !== lengths[at])
      return `element ${at + 1} must be ${lengths[at] ?? 0} characters long`;
    const strange = [...group].find((char) => !/[0-9a-fA-F]/.test(char));
    if (strange !== undefined) return `non-hex character ${quoteRune(strange, false)}`;
  }
  return undefined;
}

function date(text: string): string | undefined {
  const [, year, month, day] = /^(\d{4})-(\d\d)-(\d\d)$/.exec(text) ?? [];
  if (day === undefined)
    return `parsing time ${quote(text)} as "2006-01-02": cannot parse ${quote(text)} as "2006"`;
  const of = (what: string) => `parsing time ${quote(text)}: ${what} out of range`;
  if (Number(month) < 1 || Number(month) > 12) return of('month');
  const most = new Date(Date.UTC(Number(year), Number(month), 0)).getUTCDate();
  return Number(day) < 1 || Number(day) > most ? of('day') : undefined;
}

function time(text: string): string | undefined {
  if (text.length < 9) return 'less than 9 characters long';
  if (text[2] !== ':' || text[5] !== ':') return 'missing colon in correct place';
  const parts = text.slice(0, 8).split(':');
  if (!parts.every((part) => isDigits(part))) return 'invalid hour/min/sec';
  const [hour = 0, minute = 0, second = 0] = parts.map(Number);
  if (hour > 23 || minute > 59 || second > 60) return 'hour/min/sec out of range';
  let rest = text.slice(8);
  if (rest.startsWith('.')) {
    const digits = /^\.([0-9]*)/.exec(rest)?.[1] ?? '';
    if (digits === '') return 'no digits in second fraction';
    rest = rest.slice(digits.length + 1);
  }
  let minutes = hour * 60 + minute;
  if (rest !== 'z' && rest !== 'Z') {
    if (rest.length !== 6) return 'offset must be 6 characters long';
    if (!/^[+-]/.test(rest)) return 'offset must begin with plus/minus';
    if (rest[3] !== ':') return 'missing colon in offset in correct place';
    const offset = [rest.slice(1, 3), rest.slice(4)];
    if (!offset.every((part) => isDigits(part))) return 'invalid hour/min in offset';
    const [hours = 0, more = 0] = offset.map(Number);
    if (hours > 23 || more > 59) return 'hour/min in offset out of range';
    minutes += (rest.startsWith('+') ? -1 : 1) * (hours * 60 + more);
    if (minutes < 0) minutes += 24 * 60;
  }
  return second >= 60 && minutes !== 23 * 60 + 59 ? 'invalid leap second' : undefined;
}

function dateTime(text: string): string | undefined {
  if (text.length < 20) return 'less than 20 characters long';
  if (!/[tT]/.test(text[10] ?? '')) return '11th character must be t or T';
  const wrongDate = date(text.slice(0, 10));
  if (wrongDate !== undefined) return `invalid date element: ${wrongDate}`;
  const wrongTime = time(text.slice(11));
  return wrongTime && `invalid time element: ${wrongTime}`;
}

function duration(text: string): string | undefined {
  if (!text.startsWith('P')) return 'must start with P';
  const rest = text.slice(1);
  if (rest === '') return 'nothing after P';
  if (rest.endsWith('W')) {
    if (rest === 'W') return 'no number in week';
    return isDigits(rest.slice(0, -1)) ? undefined : 'invalid week';
  }
  const unitsOf = ['YMD', 'HMS'];
  for (const [at, part] of rest.split('T').entries()) {
    if (at !== 0 && part === '') return 'no time elements';
    const all = unitsOf[at];
    if (all === undefined) return 'more than one T';
    let units = all;
    for (let left = part; left !== '';) {
      const digits = /^[0-9]*/.exec(left)?.[0] ?? '';
      if (digits === '') return 'missing number';
      const unit = left.charAt(digits.length);
      if (unit === '') return 'missing unit';
      const found = units.indexOf(unit);
      if (found < 0)
        return all.includes(unit)
          ? `unit ${quoteRune(unit, false)} out of order`
          : `invalid unit ${quoteRune(unit, false)}`;
      units = units.slice(found + 1);
      left = left.slice(digits.length + 1);
    }
  }
  return undefined;
}

function jsonPointer(text: string): string | undefined {
  if (text === '') return undefined;
  if (!text.startsWith('/')) return 'not starting with /';
  return /~(?![01])/.test(text) ? '~ must be followed by 0 or 1' : undefined;
}

const scheme = /^[a-zA-Z][a-zA-Z0-9+.-]*:/;

/** The part of Go's net/url that refuses texts people write. */
function urlProblem(text: string): string | undefined {
  const parse = (what: string) => `parse ${quote(text)}: ${what}`;
  if (/[\0-\x1f\x7f]/.test(text)) return parse('net/url: invalid control character in URL');
  if (text.startsWith(':')) return parse('missing protocol scheme');
  const plain = text.split('#', 1)[0] ?? '';
  const host = /^(?:[a-zA-Z][a-zA-Z0-9+.-]*:)?\/\/([^/?]*)/.exec(plain)?.[1];
  if (host === undefined && !scheme.test(plain) && (plain.split('/', 1)[0] ?? '').includes(':'))
    return parse('first path segment in URL cannot contain colon');
  const strange = /[ "<>\\^`{|}]/.exec(host ?? '')?.[0];
  if (strange !== undefined) return parse(`invalid character ${quote(strange)} in host name`);
  const port = /:([^:\]]*)$/.exec(host ?? '')?.[1];
  if (port !== undefined && port !== '' && !isDigits(port))
    return parse(`invalid port ${quote(`:${port}`)} after host`);
  const escape = /%(?![0-9a-fA-F]{2}).{0,2}/.exec(plain.split('?', 1)[0] ?? '')?.[0];
  return escape === undefined ? undefined : parse(`invalid URL escape ${quote(escape)}`);
}
