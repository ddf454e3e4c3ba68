/** In bundles, a CommonJS package that is loaded late has its default export only: its names are undefined, and only there. */
import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { expect, test } from 'vitest';

const projectRoot = path.resolve(import.meta.dirname, '..');
const require = createRequire(import.meta.url);
const rooms = ['lib', 'daemon', 'helm-operator', 'toolkit', 'fluxctl', 'unsealer'];

function isCommonJs(specifier: string): boolean {
  const file = require.resolve(specifier);
  const top = path.join(
    'node_modules',
    ...specifier.split('/').slice(0, specifier.startsWith('@') ? 2 : 1),
  );
  const manifest: unknown = JSON.parse(
    readFileSync(path.join(projectRoot, top, 'package.json'), 'utf8'),
  );
  const isModule =
    typeof manifest === 'object' &&
    manifest !== null &&
    'type' in manifest &&
    manifest.type === 'module';
  return !file.endsWith('.mjs') && !isModule;
}

test('CommonJS packages are loaded late by a module of ours, or by what finds their names', () => {
  const found = rooms
    .flatMap((room) =>
      readdirSync(path.join(projectRoot, room), { recursive: true, encoding: 'utf8' }).map((file) =>
        path.join(room, file),
      ),
    )
    .filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts'))
    .flatMap((file) => {
      const text = readFileSync(path.join(projectRoot, file), 'utf8');
      return [...text.matchAll(/(packageOf\(await )?import\('([^.'][^']*)'\)/g)]
        .filter(
          ([, wrapped, specifier = '']) =>
            wrapped === undefined && !specifier.startsWith('node:') && isCommonJs(specifier),
        )
        .map(([call]) => `${file}: ${call}`);
    });
  expect(found).toEqual([]);
});
