/** Image names and references (spec flux-v1 §0), parsed once and printed canonically. */

export interface ImageName {
  /** '' when the reference names none (Docker Hub). */
  readonly domain: string;
  readonly image: string;
}

export interface ImageRef extends ImageName {
  readonly tag: string;
  /** `sha256:…` or ''. */
  readonly digest: string;
}
