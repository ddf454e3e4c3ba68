/** Whom signatures without keys lead back to when no Secret says so: the public Sigstore, or the mirror in the environment. */
import path from 'node:path';
import type { TrustedRoot } from '@sigstore/protobuf-specs';
import type { Ending } from '../../lib/cloud/mod.ts';
import { messageOf } from '../../lib/runtime/mod.ts';
import { packageOf } from './sigstore-packages.ts';
import type { SourceDependencies } from './dependencies.ts';

export interface KeptTrustedRoot extends Ending {
  root: TrustedRoot;
}

/** The original asks for it anew each day, too. */
const keptMs = 24 * 60 * 60 * 1000;

/**
 * By The Update Framework, with the variables of cosign: `TUF_MIRROR` (a URL), `TUF_ROOT_JSON` (the file to begin with; needed
 * with a mirror), `TUF_ROOT` (the folder of what is known).
 *
 * @throws Error when it cannot be had
 */
export async function publicRoot({
  env,
  workFolder,
  clock,
  trustedRoots,
}: Pick<
  SourceDependencies,
  'env' | 'workFolder' | 'clock' | 'trustedRoots'
>): Promise<TrustedRoot> {
  const { TUF_MIRROR: mirrorURL, TUF_ROOT_JSON: rootPath, TUF_ROOT: cache } = env;
  try {
    const { root } = await trustedRoots('public', async () => {
      const tuf = packageOf(await import('@sigstore/tuf'));
      const found = await tuf.getTrustedRoot({
        cachePath: cache ?? path.join(workFolder, 'sigstore'),
        ...(mirrorURL === undefined ? {} : { mirrorURL }),
        ...(rootPath === undefined ? {} : { rootPath }),
      });
      return { root: found, until: clock.now().getTime() + keptMs };
    });
    return root;
  } catch (cause) {
    throw new Error(`unable to initialize trusted root: ${withCauses(cause)}`, { cause });
  }
}

/** The package says what it was about, and only in the causes what went wrong. */
function withCauses(thrown: unknown): string {
  const parts: string[] = [];
  for (let each = thrown; each !== undefined; each = each instanceof Error ? each.cause : undefined)
    parts.push(messageOf(each));
  return parts.filter((part, at) => part !== '' && part !== parts[at - 1]).join(': ');
}
