/** What every verb of the engine works with. */
import type { KubeClient } from '../../kube/mod.ts';
import type { Clock } from '../../runtime/mod.ts';
import { HelmError } from '../chart/mod.ts';
import type { RenderChart, Warn } from '../chart/mod.ts';
import type { ReleaseStore } from '../storage/mod.ts';
import type { CapabilitySource } from './capabilities.ts';
import type { ServerSide } from './server-side.ts';

export interface ActionContext {
  kube: KubeClient;
  clock: Clock;
  log: (line: string) => void;
  /** Told what Helm always logs, asked to or not. */
  warn: Warn;
  /** Where the logs of hooks go that ask for it; nowhere when absent. */
  hookOutput?: ((text: string) => void) | undefined;
  store: ReleaseStore;
  capabilities: CapabilitySource;
  /** See `EngineDependencies`. */
  servedApis: boolean;
  render: RenderChart;
  /** Of the release. */
  namespace: string;
  signal: AbortSignal | undefined;
  /** Owner of what the server applies. */
  applyManager: string;
  /** Objects are applied by the server; otherwise they are created and patched. */
  serverSide?: ServerSide;
  /** Fires when nobody needs to know any more whether the objects become ready; see `RunOptions`. */
  stopWaiting?: AbortSignal | undefined;
}

export const defaultTimeoutMs = 300_000;

/** The present time as Go prints it (RFC 3339, trailing zeros dropped). */
export function timestamp(clock: Clock): string {
  return clock
    .now()
    .toISOString()
    .replace(/\.?0*Z$/, 'Z');
}

/** @throws HelmError `InvalidReleaseName`; `wrap` puts the verb's own words around */
export function checkReleaseName(name: string, wrap: (problem: string) => string): void {
  const valid =
    name.length <= 53 &&
    /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/.test(name);
  if (valid) return;
  const problem =
    name === ''
      ? 'no name provided'
      : 'invalid release name, must match regex ^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$ and the length must not be longer than 53';
  throw new HelmError('InvalidReleaseName', name, wrap(problem));
}
