/** Bundles the programs into dist/, for the package's bin entries and for images. */
import { buildHelm } from './build-helm.ts';
import { bundle } from './bundle.ts';

await bundle(
  {
    fluxd: 'daemon/main.ts',
    'helm-operator': 'helm-operator/main.ts',
    fluxctl: 'fluxctl/main.ts',
    unsealer: 'unsealer/main.ts',
    toolkit: 'toolkit/main.ts',
  },
  'dist',
);

await buildHelm();
