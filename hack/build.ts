/** Bundles the programs into dist/, for the package's bin entries and for images. */
import { build } from 'esbuild';
import { buildHelm } from './build-helm.ts';

const programs = {
  fluxd: 'daemon/main.ts',
  'helm-operator': 'helm-operator/main.ts',
  fluxctl: 'fluxctl/main.ts',
  unsealer: 'unsealer/main.ts',
  toolkit: 'toolkit/main.ts',
};

await build({
  entryPoints: Object.entries(programs).map(([out, source]) => ({ in: source, out })),
  outdir: 'dist',
  bundle: true,
  platform: 'node',
  target: 'node20',
  format: 'esm',
  splitting: true,
  minifySyntax: true,
  chunkNames: 'chunks/[name]-[hash]',
  banner: {
    js: "#!/usr/bin/env node\nimport { createRequire as __createRequire } from 'node:module';\nconst require = __createRequire(import.meta.url);",
  },
  logLevel: 'warning',
});

await buildHelm();
