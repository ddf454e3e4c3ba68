/** New names, tags and digests for images. */
import { within } from './errors.ts';
import { applySpecs } from './field-spec.ts';
import type { FieldSpec } from './field-spec.ts';
import { demandKind, getField, setScalar } from './fields.ts';
import type { Image } from './kustomization.ts';
import { eachField, fieldOf, scalar, textOf } from './node.ts';
import type { YNode } from './node.ts';
import { finder } from './pattern.ts';

/** Changes an image in all containers of an object, however deep, and in the fields of a config. */
export function applyImage(object: YNode, image: Image, specs: readonly FieldSpec[]): void {
  if (textOf(fieldOf(object, 'kind')) === 'CustomResourceDefinition') return;
  const set = (node: YNode): void => {
    setImage(node, image);
  };
  eachContainerList(object, (list) => {
    if (list.kind !== 'seq') return;
    for (const container of list.content) {
      const node = getField(container, 'image');
      if (node !== undefined) set(node);
    }
  });
  applySpecs(object, specs, { set });
}

/** Visits from the inside out. */
function eachContainerList(node: YNode, visit: (list: YNode) => void): void {
  if (node.kind === 'map') {
    eachField(node, (key, value) => {
      eachContainerList(value, visit);
      if (key.value === 'containers' || key.value === 'initContainers') visit(value);
    });
  } else if (node.kind === 'seq') {
    for (const item of node.content) eachContainerList(item, visit);
  }
}

function setImage(node: YNode, image: Image): void {
  demandKind(node, 'scalar');
  if (!matchesName(node.value, image.name)) return;
  setScalar(node, scalar(newImage(node.value, image)));
}

function matchesName(value: string, name: string): boolean {
  return within('image name', () =>
    finder(`^${name}(:[a-zA-Z0-9_.{}-]*)?(@sha256:[a-zA-Z0-9_.{}-]*)?$`),
  )(value);
}

function newImage(value: string, image: Image): string {
  const parts = splitImage(value);
  const name = image.newName === '' ? parts.name : image.newName;
  let { tag, digest } = parts;
  if (image.newTag !== '') {
    tag = image.newTag;
    digest = image.digest;
  } else if (image.digest !== '') {
    tag = '';
    digest = image.digest;
  } else if (image.tagSuffix !== '') {
    tag += image.tagSuffix;
    digest = '';
  }
  return `${name}${tag === '' ? '' : `:${tag}`}${digest === '' ? '' : `@${digest}`}`;
}

interface ImageParts {
  name: string;
  tag: string;
  digest: string;
}

/** A colon in front of the first slash belongs to a port. */
function splitImage(image: string): ImageParts {
  const slash = Math.max(image.indexOf('/'), 0);
  const at = image.indexOf('@', slash);
  const colon = image.indexOf(':', slash);
  if (at < 0 && colon < 0) return { name: image, tag: '', digest: '' };
  if (at >= 0 && (at < colon || colon < 0)) {
    return { name: image.slice(0, at), tag: '', digest: image.slice(at + 1) };
  }
  return {
    name: image.slice(0, colon),
    tag: image.slice(colon + 1, at < 0 ? undefined : at),
    digest: at < 0 ? '' : image.slice(at + 1),
  };
}
