/** The rules of every kind behind one face: built-in tables, or the schema of a CustomResourceDefinition. */
import type { KubeObject } from '../../../lib/objects/mod.ts';
import { apiVersionOf } from '../kinds.ts';
import type { Kind } from '../kinds.ts';
import type { ObjectRules } from '../rules.ts';
import { builtinType } from './builtin.ts';
import { validateBuiltin } from './builtin-validate.ts';
import { defaultCustom, prepareCustom, pruneCustom } from './custom-prune.ts';
import { validateCustom } from './custom-validate.ts';
import { decodeBuiltin } from './decode.ts';
import { inGoForm } from '../protobuf/go-form.ts';
import { applyDefaults } from './defaults.ts';
import type { Issue } from './issue.ts';
import { checkKey, checkLabels, checkObjectName } from './names.ts';
import { prepareBuiltin } from './prepare.ts';
import { anyType } from './type-node.ts';
import type { TypeNode } from './type-node.ts';

export interface RulesDependencies {
  /** Addresses of services that are taken (10.96.0.0/16). */
  takenAddresses: () => ReadonlySet<string>;
  /** Node ports that are taken. */
  takenPorts: () => ReadonlySet<number>;
}

export function createObjectRules(dependencies: RulesDependencies): ObjectRules {
  return {
    typeOf,
    decode: (kind, body) => {
      if (kind.custom === undefined) {
        const decoded = decodeBuiltin(body, typeOf(kind));
        return decoded.failure === undefined
          ? decoded
          : { ...decoded, failure: `${cannotHandle(kind)}: ${decoded.failure}` };
      }
      const { schema, preserveUnknownFields } = kind.custom;
      const pruned =
        schema === undefined || preserveUnknownFields
          ? { value: { ...body }, unknown: [] }
          : pruneCustom(body, schema);
      return pruned;
    },
    fill: (kind, object) => {
      if (kind.custom === undefined) {
        const written = inGoForm(object, typeOf(kind));
        applyDefaults(written);
        return written;
      }
      const copy = structuredClone(object);
      if (kind.custom.schema !== undefined) defaultCustom(copy, kind.custom.schema);
      return copy;
    },
    complete: (kind, object, live) => {
      if (kind.custom === undefined) prepareBuiltin(object, live, dependencies);
      else prepareCustom(object, kind.custom.schema);
    },
    check: (kind, object, live) => {
      if (kind.custom === undefined) return validateBuiltin(object, live);
      const schema = kind.custom.schema;
      return [
        ...checkMetadata(object),
        ...(schema === undefined ? [] : validateCustom(object, schema)),
      ];
    },
  };
}

function typeOf(kind: Kind): TypeNode {
  return kind.custom?.type ?? builtinType(apiVersionOf(kind), kind.kind) ?? anyType;
}

function cannotHandle(kind: Kind): string {
  return `${kind.kind} in version ${JSON.stringify(kind.version)} cannot be handled as a ${kind.kind}`;
}

function checkMetadata(object: KubeObject): Issue[] {
  const { name, labels, annotations } = object.metadata;
  return [
    ...checkObjectName('custom', name),
    ...checkLabels('metadata.labels', labels ?? {}),
    ...Object.keys(annotations ?? {}).flatMap((key) => checkKey('metadata.annotations', key)),
  ];
}
