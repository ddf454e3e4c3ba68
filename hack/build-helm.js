/**
 * Bundles `reflux-helm` so that it starts as fast as a program can that Node runs: one ASCII file whose modules are
 * set up when they are first used, and V8's compiled form of what a rendering uses beside it.
 */
import { build } from 'esbuild';
import { execFileSync } from 'node:child_process';
import { chmodSync, copyFileSync, writeFileSync } from 'node:fs';

/** Knows exec plugins and OIDC; large and rarely needed, so that it stays a file of its own. */
const rare = '@kubernetes/client-node';

/** Our modules do nothing but define things, so that what a door re-exports and nobody uses is left out. */
const withoutSideEffects = {
  name: 'without-side-effects',
  setup(setup) {
    setup.onResolve(
      { filter: /^\.\.?\// },
      async ({ path, importer, kind, resolveDir, pluginData }) => {
        if (pluginData === 'asked' || importer.includes('node_modules')) return undefined;
        const found = await setup.resolve(path, {
          importer,
          kind,
          resolveDir,
          pluginData: 'asked',
        });
        return { ...found, sideEffects: false };
      },
    );
    setup.onResolve({ filter: new RegExp(`^${rare}$`) }, ({ kind }) =>
      kind === 'entry-point' ? undefined : { path: './reflux-helm.kubernetes.cjs', external: true },
    );
  },
};

const common = {
  outdir: 'dist',
  outExtension: { '.js': '.cjs' },
  bundle: true,
  platform: 'node',
  target: 'node20',
  format: 'cjs',
  minify: true,
  charset: 'ascii',
  logLevel: 'warning',
};

export async function buildHelm() {
  await build({
    ...common,
    entryPoints: [{ in: 'lib/helm/cli/main.ts', out: 'reflux-helm.bundle' }],
    plugins: [withoutSideEffects],
    supported: { 'dynamic-import': false },
  });
  await build({ ...common, entryPoints: [{ in: rare, out: 'reflux-helm.kubernetes' }] });
  copyFileSync('hack/launch-helm.cjs', 'dist/reflux-helm.cjs');
  chmodSync('dist/reflux-helm.cjs', 0o755);
  writeFileSync(
    'dist/reflux-helm.js',
    "#!/usr/bin/env node\nimport launcher from './reflux-helm.cjs';\nlauncher.run();\n",
  );
  chmodSync('dist/reflux-helm.js', 0o755);
  compile();
}

/** Runs a rendering and keeps what V8 made of the script meanwhile. */
function compile() {
  const program = `
    const { run, script } = require('./dist/reflux-helm.cjs');
    const { writeFileSync } = require('node:fs');
    process.argv = ['node', 'reflux-helm', 'template', 'podinfo', 'chart/podinfo'];
    process.on('exit', () => writeFileSync('dist/reflux-helm.cache', script.createCachedData()));
    run();
  `;
  execFileSync(process.execPath, ['-e', program], { stdio: ['ignore', 'ignore', 'inherit'] });
}
