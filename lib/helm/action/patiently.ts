/** Waiting that outlasts a server which is started again (helm 3.19 pkg/kube/wait.go). */
import { isServerAway } from '../../kube/mod.ts';

/** Looks at one object in a row that may find no server. */
const mostBlindLooks = 30;

/** A look that says "not yet" where the server is away or ails, unless that lasts. */
export function patiently<K>(look: (at: K) => Promise<boolean>): (at: K) => Promise<boolean> {
  const failures = new Map<K, number>();
  return async (at) => {
    try {
      const seen = await look(at);
      failures.delete(at);
      return seen;
    } catch (thrown) {
      const count = (failures.get(at) ?? 0) + 1;
      if (!isServerAway(thrown) || count > mostBlindLooks) throw thrown;
      failures.set(at, count);
      return false;
    }
  };
}
