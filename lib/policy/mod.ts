/** Image policies: which tag is newest by `glob:`, `semver:`, `regexp:`. Pure. */
export type { ImageName, ImageRef } from './image-ref.ts';
