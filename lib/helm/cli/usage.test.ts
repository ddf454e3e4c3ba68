/** Every command of helm 3.19.0 is there, with its usage line, aliases and flags (testdata, from `helm … --help`). */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { commands } from './command-tree.ts';
import { commandUsage, groupUsage } from './usage.ts';

interface Help {
  usage: string;
  aliases: string;
  flags: string[];
}

const file = new URL('testdata/helm-3.19.0-help.json', import.meta.url);
const golden = JSON.parse(readFileSync(file, 'utf8')) as Record<string, Help>;

describe('help', () => {
  test.each(Object.entries(golden))('helm %s', async (name, want) => {
    const load = commands[name]?.load;
    const text =
      load === undefined ? groupUsage('helm', name) : commandUsage('helm', name, await load());
    const got: Help = {
      usage: section(text, 'Usage'),
      aliases: section(text, 'Aliases'),
      flags: section(text, 'Flags')
        .split('\n')
        .map((line) => line.trim().replaceAll(/\s+/g, ' '))
        .sort(),
    };
    expect(got).toEqual(want);
  });
});

function section(text: string, name: string): string {
  return new RegExp(`^${name}:\\n(.*?)(?:\\n\\n|\\n*$(?![^]))`, 'ms').exec(text)?.[1]?.trim() ?? '';
}
