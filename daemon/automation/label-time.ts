/** Build times out of labels, for images whose registry time says little (spec flux-v1 §5.6). */
import type { ImageInfo } from '../../lib/registry/mod.ts';
import type { Logger } from '../../lib/runtime/mod.ts';

/** In the order in which they count. */
const labels = ['org.opencontainers.image.created', 'org.label-schema.build-date'] as const;

/** RFC 3339, as Go's parser takes it. */
const rfc3339 = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?(Z|[+-]\d{2}:\d{2})$/;

/** A label that is no time is logged, and the image's own time stays. */
export function labelTime(info: ImageInfo, log: Logger): ImageInfo {
  for (const label of labels) {
    const text = info.labels[label];
    if (text === undefined || text === '') continue;
    if (rfc3339.test(text) && !Number.isNaN(Date.parse(text))) return { ...info, createdAt: text };
    log.log({ err: `label ${label} is no RFC 3339 time: ${JSON.stringify(text)}`, tag: info.tag });
  }
  return info;
}
