/** Puts together the parts that know of images: store, scanner, automation, look-ups. */
import type { KubeClient } from '../../lib/kube/mod.ts';
import { containersOf, policiesOf } from '../../lib/manifest/mod.ts';
import type { Keychain, RegistryClient } from '../../lib/registry/mod.ts';
import type { Clock, Logger } from '../../lib/runtime/mod.ts';
import { liveWorkloads } from '../api/services.ts';
import type { Config } from '../config.ts';
import type { ConfigRepository } from '../git/repository.ts';
import type { Metrics } from '../metrics.ts';
import { isAutomated, workloadsOf } from './automate.ts';
import type { RecordKeeper } from './image-records.ts';
import { createImageStore } from './image-store.ts';
import { createKeychains } from './keychain.ts';
import { createImageLookup } from './lookup.ts';
import type { ImageLookup } from './lookup.ts';
import { createAutomation } from './run.ts';
import type { Automation, AutomationOptions } from './run.ts';
import { createScanner } from './scanner.ts';
import type { ImageUser, Scanner } from './scanner.ts';

export interface ScanningOptions {
  config: Config;
  repository: ConfigRepository;
  kube: KubeClient;
  registry: RegistryClient | undefined;
  imageKeeper: RecordKeeper | undefined;
  clock: Clock;
  log: Logger;
  metrics: Metrics;
  dockerConfig: () => Promise<string | undefined>;
  /** Credentials that the cloud gives. */
  cloud: { ecr: Keychain; platform: Keychain };
}

export interface Scanning {
  scanner: Scanner;
  automation: Automation;
  images: ImageLookup;
}

/** @returns `undefined` when scanning is disabled */
export function createScanning(
  options: ScanningOptions,
  parts: Pick<AutomationOptions, 'load' | 'jobs' | 'publisher' | 'log'>,
): Scanning | undefined {
  const { config, kube, clock, registry, repository } = options;
  const { flags } = config;
  if (registry === undefined) return undefined;
  const log = options.log.with({ component: 'warmer' });
  const store = createImageStore({
    registry,
    clock,
    log,
    burst: flags['registry-burst'],
    labelGlobs: flags['registry-use-labels'],
    keeper: options.imageKeeper,
    trace: flags['registry-trace'],
    metrics: options.metrics,
  });
  const automation = createAutomation({
    ...parts,
    repository,
    store,
    clock,
    intervalMs: config.automationIntervalMs,
    allowDowngrade: flags['automation-allow-downgrade'],
    release: options.metrics.release,
  });
  const { dockerConfig, cloud } = options;
  const keychain = createKeychains({ kube, clock, log, dockerConfig, cloud });
  const users = async (): Promise<ImageUser[]> => {
    if (repository.status().status !== 'ready') return [];
    const { set } = await parts.load(await repository.head());
    const inRepository = workloadsOf(set);
    const ids = new Set(inRepository.map(({ id }) => id));
    const live = await liveWorkloads(kube, undefined);
    return [
      ...inRepository.map((workload) => ({
        containers: workload.containers,
        policies: workload.policies,
        use: isAutomated(workload) ? ('automated' as const) : ('in repository' as const),
        keychain: keychain(workload.object),
      })),
      ...[...live]
        .filter(([id]) => !ids.has(id))
        .map(([, object]) => ({
          containers: containersOf(object),
          policies: policiesOf(object.metadata.annotations),
          use: 'in cluster' as const,
          keychain: keychain(object),
        })),
    ];
  };
  const scanner = createScanner({
    store,
    clock,
    log,
    intervalMs: config.automationIntervalMs,
    globs: {
      include: flags['registry-include-image'],
      exclude: flags['registry-exclude-image'],
      ecr: {
        regions: flags['registry-ecr-region'],
        includeIds: flags['registry-ecr-include-id'],
        excludeIds: flags['registry-ecr-exclude-id'],
      },
    },
    users,
    onScanned: () => {
      automation.wake();
    },
  });
  return { scanner, automation, images: createImageLookup(store, scanner, registry) };
}
