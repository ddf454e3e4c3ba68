import { build } from 'esbuild';
import { expect, test } from 'vitest';
import { loadedLate, withoutSideEffects } from './build-helm.ts';

/** Each takes as long to load as a small chart takes to render. */
const heavy = ['undici', 'ajv', 'node-forge', '@kubernetes/client-node', 'dockerode'];

test('reflux-helm template loads no heavy package before it needs it', async () => {
  const { metafile } = await build({
    entryPoints: ['lib/helm/cli/main.ts', 'lib/helm/cli/template.ts'],
    plugins: [loadedLate, withoutSideEffects],
    outdir: 'dist',
    bundle: true,
    splitting: true,
    metafile: true,
    write: false,
    platform: 'node',
    format: 'esm',
  });
  const loaded = new Set<string>();
  const load = (file: string): void => {
    if (loaded.has(file)) return;
    loaded.add(file);
    for (const { path, kind } of metafile.outputs[file]?.imports ?? []) {
      if (kind === 'import-statement') load(path);
    }
  };
  for (const [file, { entryPoint }] of Object.entries(metafile.outputs)) {
    if (entryPoint === 'lib/helm/cli/template.ts') load(file);
  }
  const modules = [...loaded].flatMap((file) => Object.keys(metafile.outputs[file]?.inputs ?? {}));
  expect(modules).toContain('lib/helm/template/mod.ts');
  const packages = modules.flatMap(
    (module) => /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(module)?.[1] ?? [],
  );
  expect(heavy.filter((name) => packages.includes(name))).toEqual([]);
});
