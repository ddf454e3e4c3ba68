/** The kinds of image automation. */
import type { KubeObject } from '../../lib/objects/mod.ts';
import { groups, refAt, second } from './kind.ts';
import type { FluxKind } from './kind.ts';
import { conditionOf, countAt, textAt } from './read.ts';

const imageKind = (
  kind: string,
  name: string,
  human: string,
  names: readonly string[],
  more: Pick<FluxKind, 'columns' | 'success'> & Partial<FluxKind>,
): FluxKind => ({
  ...second,
  kind,
  group: groups.image,
  version: 'v1',
  human,
  names: [kind.toLowerCase(), ...names],
  family: { of: 'image', name },
  ...more,
});

/** A time as it is printed, '' for none. */
const timeAt = (object: KubeObject, ...path: readonly string[]) => textAt(object, ...path);

/** In the order in which `get image all` shows them. */
export const imageKinds: readonly FluxKind[] = [
  imageKind(
    'ImageRepository',
    'repository',
    'image repository',
    ['imagerepositories', 'imgrepo', 'imagerepo'],
    {
      columns: [
        {
          title: 'Last scan',
          of: (object) => timeAt(object, 'status', 'lastScanResult', 'scanTime'),
        },
      ],
      success: (object) =>
        `scan fetched ${countAt(object, 'status', 'lastScanResult', 'tagCount') ?? 0} tags`,
    },
  ),
  imageKind('ImagePolicy', 'policy', 'image policy', ['imagepolicies', 'imgpol', 'imagepol'], {
    showsPause: false,
    columns: [
      { title: 'Image', of: (object) => textAt(object, 'status', 'latestRef', 'name') },
      { title: 'Tag', of: (object) => textAt(object, 'status', 'latestRef', 'tag') },
    ],
    success: (object) => {
      const [name, tag, digest] = ['name', 'tag', 'digest'].map((key) =>
        textAt(object, 'status', 'latestRef', key),
      );
      return `selected ref ${name}:${tag}${digest === '' ? '' : `@${digest}`}`;
    },
  }),
  imageKind(
    'ImageUpdateAutomation',
    'update',
    'image update automation',
    ['imageupdateautomations', 'iua', 'imgupd', 'imgauto'],
    {
      columns: [
        { title: 'Last run', of: (object) => timeAt(object, 'status', 'lastAutomationRunTime') },
      ],
      success: (object) =>
        conditionOf(object, 'Ready')?.message ??
        `last run ${timeAt(object, 'status', 'lastAutomationRunTime')}`,
      source: (object) => refAt(object, 'spec', 'sourceRef'),
    },
  ),
];
