/** The world of fluxctl for tests: what is printed is kept. */
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { commandOf } from '../hack/programs.ts';
import { systemClock } from '../lib/runtime/mod.ts';
import type { Surroundings } from './command.ts';

const root = fileURLToPath(new URL('..', import.meta.url));

export interface TestWorld extends Surroundings {
  printed: { out: string; err: string };
}

export function testWorld(over: Partial<Surroundings>): TestWorld {
  const printed = { out: '', err: '' };
  return {
    env: {},
    clock: systemClock,
    version: '1.2.3',
    out: (text) => (printed.out += text),
    err: (text) => (printed.err += text),
    gitConfig: () => '',
    openKeys: () => Promise.reject(new Error('no terminal')),
    programs: {
      fluxd: commandOf('fluxd'),
      helmOperator: commandOf('helm-operator'),
    },
    helmReleaseDefinition: path.join(root, 'crds/helmreleases.yaml'),
    ...over,
    printed,
  };
}
