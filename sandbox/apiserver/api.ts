/** Everything behind the HTTP listener, wired together. */
import type { KubeObject } from '../../lib/objects/mod.ts';
import type { Clock } from '../../lib/runtime/mod.ts';
import { followDefinitions } from './custom-kinds.ts';
import { createDeleter } from './delete.ts';
import type { Deleter } from './delete.ts';
import { createKindRegistry } from './kinds.ts';
import type { Kind, KindRegistry } from './kinds.ts';
import { followNamespaces } from './namespaces.ts';
import { createObjectRules } from './schema/object-rules.ts';
import { isObject } from './schema/type-node.ts';
import { createStore } from './store.ts';
import type { Store } from './store.ts';
import { createWriter } from './write.ts';
import type { Writer } from './write.ts';

export interface Api {
  store: Store;
  kinds: KindRegistry;
  writer: Writer;
  deleter: Deleter;
  clock: Clock;
}

export interface ApiOptions {
  clock: Clock;
  /** PEM of the server's authority; each namespace gets it. */
  ca: string;
  /** Objects of an earlier run. */
  initial?: { version: number; objects: readonly { key: string; object: KubeObject }[] };
}

export function createApi({ clock, ca, initial }: ApiOptions): Api {
  const store = createStore(initial);
  const kinds = createKindRegistry();
  const deleter = createDeleter({ store, kinds, clock });
  const finalize = (kind: Kind, object: KubeObject) => {
    deleter.finalize(kind, object);
  };
  const writer = createWriter({ store, clock, rules: createObjectRules(takenBy(store)), finalize });
  followDefinitions(store, kinds, clock);
  followNamespaces(store, clock, ca);
  return { store, kinds, writer, deleter, clock };
}

/** Addresses and node ports that services hold. */
function takenBy(store: Store) {
  const specs = () =>
    store.list('/services').flatMap((service) => (isObject(service.spec) ? [service.spec] : []));
  return {
    takenAddresses: () => new Set(specs().map((spec) => String(spec.clusterIP))),
    takenPorts: () =>
      new Set(
        specs()
          .flatMap((spec) => (Array.isArray(spec.ports) ? (spec.ports as unknown[]) : []))
          .flatMap((port) =>
            isObject(port) && typeof port.nodePort === 'number' ? [port.nodePort] : [],
          ),
      ),
  };
}
