/** Answers as Go's encoder writes them: order of fields, what is left out when empty, times in UTC. Pure. */
import type { ControllerStatus, ImageStatus, WireContainer, WireImage } from './status.ts';

/** What reads JSON may leave fields out; Go then has their zero values. */
export function shapeImage(image: WireImage | undefined): Record<string, unknown> {
  const { ID = '', Digest, ImageID, Labels, CreatedAt, LastFetched } = image ?? {};
  return compact({
    ID,
    Digest: Digest ?? '',
    ImageID: ImageID ?? '',
    Labels: sorted(
      Object.fromEntries(
        Object.entries(Labels ?? {}).flatMap(([name, value]) => {
          const time = goTime(value);
          return timeLabels.includes(name) && time !== '' ? [[name, time]] : [];
        }),
      ),
    ),
    CreatedAt: goTime(CreatedAt),
    LastFetched: goTime(LastFetched),
  });
}

const timeLabels = ['org.label-schema.build-date', 'org.opencontainers.image.created'];

/** Fields that are there although empty. */
const always = new Set(['ID', 'Labels', 'Current', 'LatestFiltered']);

export function shapeContainer(container: WireContainer): Record<string, unknown> {
  return compact({
    Name: container.Name,
    Current: shapeImage(container.Current),
    LatestFiltered: shapeImage(container.LatestFiltered),
    Available: (container.Available ?? []).map(shapeImage),
    AvailableError: container.AvailableError ?? '',
    AvailableImagesCount: container.AvailableImagesCount ?? 0,
    NewAvailableImagesCount: container.NewAvailableImagesCount ?? 0,
    FilteredImagesCount: container.FilteredImagesCount ?? 0,
    NewFilteredImagesCount: container.NewFilteredImagesCount ?? 0,
  });
}

export function shapeImageStatus({ ID, Containers }: ImageStatus): Record<string, unknown> {
  return { ID, Containers: orNull(Containers)?.map(shapeContainer) ?? null };
}

export function shapeControllerStatus(status: ControllerStatus): Record<string, unknown> {
  const { Rollout } = status;
  return {
    ID: status.ID,
    Containers: orNull(status.Containers)?.map(shapeContainer) ?? [],
    ReadOnly: status.ReadOnly,
    Status: status.Status,
    Rollout: {
      Desired: Rollout.Desired,
      Updated: Rollout.Updated,
      Ready: Rollout.Ready,
      Available: Rollout.Available,
      Outdated: Rollout.Outdated,
      Messages: Rollout.Messages,
    },
    SyncError: status.SyncError,
    Antecedent: status.Antecedent,
    Labels: status.Labels === null ? null : sorted(status.Labels),
    Automated: status.Automated,
    Locked: status.Locked,
    Ignore: status.Ignore,
    Policies: status.Policies === null ? null : sorted(status.Policies),
  };
}

/** Go's encoder writes `<`, `>` and `&` as escapes, for pages that hold JSON. */
export function goJson(value: unknown): string {
  return JSON.stringify(value).replaceAll(
    /[<>&\u2028\u2029]/g,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/**
 * A time as RFC3339Nano prints it: UTC, no zeros at the end of the fraction.
 *
 * @returns '' for what is no time, and for Go's zero time
 */
export function goTime(text: string | undefined): string {
  const match = /^(\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2})(?:\.(\d+))?(Z|[+-]\d{2}:\d{2})$/.exec(
    text ?? '',
  );
  if (match === null) return '';
  const [, seconds = '', fraction = '', zone = ''] = match;
  const at = Date.parse(`${seconds}${zone}`);
  if (Number.isNaN(at) || seconds.startsWith('0001-01-01T00:00:00')) return '';
  const rest = fraction.slice(0, 9).replace(/0+$/, '');
  return `${new Date(at).toISOString().slice(0, 19)}${rest === '' ? '' : `.${rest}`}Z`;
}

function compact(fields: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(fields).filter(
      ([name, value]) =>
        always.has(name) ||
        (value !== '' && value !== 0 && !(Array.isArray(value) && value.length === 0)),
    ),
  );
}

/** An old server may send null for an empty list. */
const orNull = <T>(list: readonly T[] | null): readonly T[] | null => list;

const sorted = <T>(map: Readonly<Record<string, T>>): Record<string, T> =>
  Object.fromEntries(Object.entries(map).sort(([a], [b]) => (a < b ? -1 : 1)));
