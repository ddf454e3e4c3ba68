/** Values as Go prints them in messages: `%q` of texts, and of what holds texts. */
import { quote as quoted } from '../helm/values/mod.ts';

/** `%q` of a text. */
export const quote = (text: string): string => quoted(text);

/** `%q` of texts. */
export const quoteAll = (texts: readonly string[]): string => `[${texts.map(quote).join(' ')}]`;

/** `%q` of a map of texts: by its keys. */
export const quoteMap = (map: ReadonlyMap<string, string>): string =>
  `map[${[...map]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, value]) => `${quote(key)}:${quote(value)}`)
    .join(' ')}]`;

/** RFC 1123 with the zone as a number, in UTC. */
export const formatTime = (time: Date): string => time.toUTCString().replace(/GMT$/, '+0000');
