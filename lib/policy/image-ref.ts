/** Image names and references (spec flux-v1 §0), parsed once and printed canonically. */
import { PolicyError } from './errors.ts';

export interface ImageName {
  /** '' when the reference names none (Docker Hub). */
  readonly domain: string;
  /** Path, as written: `stefanprodan/podinfo`. */
  readonly image: string;
}

export interface ImageRef extends ImageName {
  /** '' when there is none. */
  readonly tag: string;
  /** `sha256:…` or ''. */
  readonly digest: string;
}

const dockerHub = 'index.docker.io';

/** A first path element that is a host although there are only two elements: `localhost`, or dotted, with or without port. */
const hostLike = /localhost|^([a-zA-Z0-9-]+\.)+[a-zA-Z0-9-]+(:[0-9]+)?$/;
const dottedHost = /^[^/]*\.[^/]*$/;

/**
 * Parses a reference as Flux 1.25.4 does.
 *
 * Of two path elements the first is a domain only when it contains `localhost` or is dotted; of three or more it always is.
 *
 * @throws PolicyError `InvalidImageRef`, with the original's message
 */
export function parseImageRef(text: string): ImageRef {
  const malformed = 'expected image name as either <image>:<tag> or just <image>: invalid image ID';
  if (text === '') throw invalid(text, 'parsing "": blank image name: invalid image ID');
  if (/^[/:]|[/:]$/.test(text))
    throw invalid(text, `parsing ${JSON.stringify(text)}: ${malformed}`);

  const { domain, path } = splitDomain(text);
  const at = path.indexOf('@sha256:');
  const digest = at < 0 ? '' : path.slice(at + 1);
  const named = at < 0 ? path : path.slice(0, at);
  const [image = '', tag = '', ...more] = named.split(':');
  if (more.length > 0) throw invalid(text, malformed);
  return { domain, image, tag, digest };
}

function splitDomain(text: string): { domain: string; path: string } {
  const [first = '', ...rest] = text.split('/');
  if (rest.length === 0) return { domain: '', path: text };
  if (rest.length === 1 && !hostLike.test(first) && !dottedHost.test(first))
    return { domain: '', path: text };
  return { domain: first, path: rest.join('/') };
}

/** `[domain/]path`, as written. */
export function formatImageName(name: ImageName): string {
  return name.domain === '' ? name.image : `${name.domain}/${name.image}`;
}

/** Name and digest, or name and tag: a digest wins, as in the original. */
export function formatImageRef(ref: ImageRef): string {
  if (ref.digest !== '') return `${formatImageName(ref)}@${ref.digest}`;
  return ref.tag === '' ? formatImageName(ref) : `${formatImageName(ref)}:${ref.tag}`;
}

/** The registry and full path: `index.docker.io/library/alpine` for `alpine`. */
export function canonicalName(name: ImageName): ImageName {
  const hub = name.domain === '' || name.domain === 'docker.io' || name.domain === dockerHub;
  if (!hub) return { domain: name.domain, image: name.image };
  return {
    domain: dockerHub,
    image: name.image.includes('/') ? name.image : `library/${name.image}`,
  };
}

/** One string that is equal for all spellings of one repository; the key of caches. */
export function canonicalNameString(name: ImageName): string {
  return formatImageName(canonicalName(name));
}

/** The same reference with another tag; the spelling of the name is kept. */
export function withTag(ref: ImageName, tag: string): ImageRef {
  return { domain: ref.domain, image: ref.image, tag, digest: '' };
}

function invalid(text: string, message: string): PolicyError {
  return new PolicyError('InvalidImageRef', text, message);
}
