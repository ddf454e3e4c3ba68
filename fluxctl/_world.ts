/** The world of fluxctl for tests: programs from source, what is printed kept. */
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { systemClock } from '../lib/runtime/mod.ts';
import type { Surroundings } from './command.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const loader = pathToFileURL(path.join(root, 'node_modules/tsx/dist/loader.mjs')).href;

const fromSource = (main: string) => [process.execPath, '--import', loader, path.join(root, main)];

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
      fluxd: fromSource('daemon/main.ts'),
      helmOperator: fromSource('helm-operator/main.ts'),
    },
    helmReleaseDefinition: path.join(root, 'crds/helmreleases.yaml'),
    ...over,
    printed,
  };
}
