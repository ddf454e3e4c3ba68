/** A cluster that cannot be reached in the way that an object asks for. */
import { Fault } from '../../lib/runtime/mod.ts';

export class ClusterError extends Fault {
  constructor(subject: string, message: string) {
    super('RESTClientError', 'retry', subject, message);
  }
}
