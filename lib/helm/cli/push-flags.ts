/** The flags of `push`, in its own words. */
import type { FlagSpec } from '../../runtime/mod.ts';
import { loginFlags } from './flags.ts';

export const pushFlags = [
  {
    name: 'ca-file',
    type: 'string',
    default: '',
    help: 'verify certificates of HTTPS-enabled servers using this CA bundle',
  },
  {
    name: 'cert-file',
    type: 'string',
    default: '',
    help: 'identify registry client using this SSL certificate file',
  },
  {
    name: 'insecure-skip-tls-verify',
    type: 'bool',
    default: false,
    help: 'skip tls certificate checks for the chart upload',
  },
  {
    name: 'key-file',
    type: 'string',
    default: '',
    help: 'identify registry client using this SSL key file',
  },
  {
    name: 'plain-http',
    type: 'bool',
    default: false,
    help: 'use insecure HTTP connections for the chart upload',
  },
  ...loginFlags,
] as const satisfies readonly FlagSpec[];
