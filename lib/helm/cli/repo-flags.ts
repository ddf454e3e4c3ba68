/** The flags of `repo add`, in its own words. */
import type { FlagSpec } from '../../runtime/mod.ts';

export const repoAddFlags = [
  {
    name: 'allow-deprecated-repos',
    type: 'bool',
    default: false,
    help: 'by default, this command will not allow adding official repos that have been permanently deleted. This disables that behavior',
  },
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
    help: 'identify HTTPS client using this SSL certificate file',
  },
  {
    name: 'force-update',
    type: 'bool',
    default: false,
    help: 'replace (overwrite) the repo if it already exists',
  },
  {
    name: 'insecure-skip-tls-verify',
    type: 'bool',
    default: false,
    help: 'skip tls certificate checks for the repository',
  },
  {
    name: 'key-file',
    type: 'string',
    default: '',
    help: 'identify HTTPS client using this SSL key file',
  },
  {
    name: 'no-update',
    type: 'bool',
    default: false,
    help: 'Ignored. Formerly, it would disabled forced updates. It is deprecated by force-update.',
  },
  {
    name: 'pass-credentials',
    type: 'bool',
    default: false,
    help: 'pass credentials to all domains',
  },
  {
    name: 'password',
    type: 'string',
    default: '',
    help: 'chart repository password',
  },
  {
    name: 'password-stdin',
    type: 'bool',
    default: false,
    help: 'read chart repository password from stdin',
  },
  {
    name: 'username',
    type: 'string',
    default: '',
    help: 'chart repository username',
  },
] as const satisfies readonly FlagSpec[];
