/** fluxd's command line: one table, names and defaults of Flux 1.25.4 (spec flux-v1 §1.1). */
import { parseFlags } from '../lib/runtime/mod.ts';
import type { FlagSpec, FlagValues } from '../lib/runtime/mod.ts';
import { readCompanion, splitArguments } from '../toolkit/mod.ts';
import type { ToolkitConfig } from '../toolkit/mod.ts';
import { flagTable } from './flags.ts';

export type Flags = FlagValues<typeof flagTable>;

export interface Config {
  flags: Flags;
  gitLabel: { syncTag: string; notesRef: string };
  /** Text appended to each commit message, '' for none. */
  skipMessage: string;
  syncState: 'git' | 'secret';
  automationIntervalMs: number;
  verifyMode: 'none' | 'all' | 'first-parent';
  allowedNamespaces: readonly string[];
  /** Of the toolkit that runs in this process; `undefined` for none. */
  toolkit: ToolkitConfig | undefined;
  /** The shared cache of image metadata; `undefined` unless its host name is given. */
  memcached: { host: string; port: number; service: string; timeoutMs: number } | undefined;
  /** What to say at start. */
  warnings: readonly string[];
  deprecations: readonly string[];
}

/** The command line is wrong in a way that v1 answers with exit status 1. */
export class ConfigError extends Error {}

/** @throws Fault `BadFlag`, `Help`; ConfigError */
export function readConfig(
  argv: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): Config {
  const { own, rest } = splitArguments(argv);
  const { values, given, warnings: deprecations } = parseFlags(flagTable, rest, { env });
  const flags: Flags = values;
  const warnings: string[] = [];
  let syncState = oneOf(flags['sync-state'], ['git', 'secret'], 'sync-state');
  if (flags['git-readonly']) {
    if (syncState === 'git') {
      warnings.push(
        'readonly mode: the git tag cannot be written; using --sync-state=secret instead',
      );
      syncState = 'secret';
    }
    const useless = writingFlags.filter((name) => given.has(name));
    if (useless.length > 0)
      warnings.push(
        `configuring any of {${writingFlags.join(', ')}} has no effect when --git-readonly is set: ${useless.join(', ')}`,
      );
  }
  for (const path of flags['git-path']) {
    if (path.startsWith('/'))
      throw new ConfigError(
        `git subdirectory (--git-path) should not have leading forward slash: ${path}`,
      );
  }
  const label = flags['git-label'];
  if (label !== '') {
    for (const name of ['git-sync-tag', 'git-notes-ref'])
      if (given.has(name)) warnings.push(`--${name} is overridden by --git-label`);
  }
  const mode = given.has('git-verify-signatures-mode')
    ? oneOf(
        flags['git-verify-signatures-mode'] || 'none',
        ['none', 'all', 'first-parent'],
        'git-verify-signatures-mode',
      )
    : flags['git-verify-signatures']
      ? 'all'
      : 'none';
  const allowedNamespaces = [
    ...new Set([...flags['k8s-allow-namespace'], ...flags['k8s-namespace-whitelist']]),
  ];
  return {
    flags,
    gitLabel:
      label === ''
        ? { syncTag: flags['git-sync-tag'], notesRef: flags['git-notes-ref'] }
        : { syncTag: label, notesRef: label },
    skipMessage:
      flags['git-ci-skip-message'] !== ''
        ? flags['git-ci-skip-message']
        : flags['git-ci-skip']
          ? '\n\n[ci skip]'
          : '',
    syncState,
    automationIntervalMs:
      given.has('registry-poll-interval') && !given.has('automation-interval')
        ? flags['registry-poll-interval']
        : flags['automation-interval'],
    verifyMode: mode,
    memcached: given.has('memcached-hostname')
      ? {
          host: flags['memcached-hostname'],
          port: flags['memcached-port'],
          service: flags['memcached-service'],
          timeoutMs: flags['memcached-timeout'],
        }
      : undefined,
    allowedNamespaces,
    toolkit: readCompanion(flags.toolkit, own, env, {
      isConfined: allowedNamespaces.length > 0,
      leaderElection: flags['leader-election'],
    }),
    warnings,
    deprecations,
  };
}

const writingFlags = [
  'git-user',
  'git-email',
  'git-sync-tag',
  'git-set-author',
  'git-ci-skip',
  'git-ci-skip-message',
];

function oneOf<const T extends string>(value: string, allowed: readonly T[], name: string): T {
  const found = allowed.find((one) => one === value);
  if (found === undefined)
    throw new ConfigError(
      `unknown value ${JSON.stringify(value)} for --${name}; one of ${allowed.join(', ')}`,
    );
  return found;
}

export { flagTable };
export type { FlagSpec };
