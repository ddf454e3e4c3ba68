/** What each kind asks of its objects: types, defaults, validity. One face for built-in and custom kinds. */
import type { KubeObject } from '../../lib/objects/mod.ts';
import type { Kind } from './kinds.ts';
import type { Decoded } from './schema/decode.ts';
import type { Issue } from './schema/issue.ts';
import type { JsonObject, TypeNode } from './schema/type-node.ts';

export interface ObjectRules {
  /** For merging lists and owning fields. */
  typeOf(kind: Kind): TypeNode;
  /** Drops (and names) unknown fields; says when the body cannot be read as the kind. */
  decode(kind: Kind, body: JsonObject): Decoded;
  /** The object as the server would write it: with its defaults, for built-in kinds without what Go leaves out. */
  fill(kind: Kind, object: KubeObject): KubeObject;
  /** Sets what the server alone decides, in place, and nobody owns. `live` is what is stored, if anything. */
  complete(kind: Kind, object: KubeObject, live: KubeObject | undefined): void;
  /** What is wrong with an object that was completed. */
  check(kind: Kind, object: KubeObject, live: KubeObject | undefined): Issue[];
}
