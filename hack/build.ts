/** Bundles the programs into dist/, for the package's bin entries and for images. */
import { buildHelm } from './build-helm.ts';
import { bundle } from './bundle.ts';
import { programs } from './programs.ts';

await bundle(programs, 'dist');

await buildHelm();
