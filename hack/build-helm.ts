/**
 * Bundles `reflux-helm` so that it starts as fast as helm does: one ASCII file whose modules are set up when they are
 * first used. From it come `dist/reflux-helm`, an executable that needs no Node (docs/decisions/0008-standalone-helm.md),
 * and `dist/reflux-helm.cjs` for Node, with V8's compiled form of what a rendering uses beside it.
 */
import { build } from 'esbuild';
import type { BuildOptions, Plugin } from 'esbuild';
import { execFileSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { chmodSync, copyFileSync, rmSync, symlinkSync } from 'node:fs';
import { messageOf } from '../lib/runtime/mod.ts';

/** Knows exec plugins and OIDC; large and rarely needed, so that it stays a file of its own. */
const rare = '@kubernetes/client-node';

/** Our modules do nothing but define things, so that what a door re-exports and nobody uses is left out. */
export const withoutSideEffects: Plugin = {
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

/** Parts of Node that take milliseconds to load and that few commands use: loaded when a function of theirs is called. */
export const loadedLate: Plugin = {
  name: 'loaded-late',
  setup(setup) {
    setup.onResolve({ filter: /^(?:node:)?(?:crypto|zlib)$/ }, ({ path, kind, namespace }) =>
      namespace === 'late' || kind === 'require-call'
        ? undefined
        : { path: path.replace(/^node:/, ''), namespace: 'late' },
    );
    setup.onLoad({ filter: /.*/, namespace: 'late' }, ({ path }) => {
      const real = createRequire(import.meta.url)(`node:${path}`);
      const names = Object.keys(real).filter(
        (name) => typeof real[name] === 'function' && name !== 'default',
      );
      const lines = names.map(
        (name) =>
          `export function ${name}(...args) { return new.target ? Reflect.construct(real().${name}, args) : real().${name}(...args); }`,
      );
      const contents = [
        'let found;',
        `const real = () => (found ??= require('node:${path}'));`,
        `export default new Proxy({}, { get: (_, name) => real()[name], has: (_, name) => name in real() });`,
        ...lines,
      ].join('\n');
      return { contents, loader: 'js' };
    });
  },
};

const common: BuildOptions = {
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
    plugins: [loadedLate, withoutSideEffects],
    supported: { 'dynamic-import': false },
  });
  await build({ ...common, entryPoints: [{ in: rare, out: 'reflux-helm.kubernetes' }] });
  copyFileSync('hack/launch-helm.cjs', 'dist/reflux-helm.cjs');
  chmodSync('dist/reflux-helm.cjs', 0o755);
  compile();
  standAlone();
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

/** Bun's bytecode of the same file, and Bun, in one executable. */
function standAlone() {
  const args = ['build', '--compile', '--bytecode', 'dist/reflux-helm.bundle.cjs'];
  const out = 'dist/reflux-helm';
  rmSync(out, { force: true });
  try {
    execFileSync('node_modules/.bin/bun', [...args, '--outfile', out], {
      stdio: ['ignore', 'ignore', 'inherit'],
    });
  } catch (error) {
    console.error(`${out} will need Node: there is no Bun for this platform (${messageOf(error)})`);
    symlinkSync('reflux-helm.cjs', out);
  }
}
