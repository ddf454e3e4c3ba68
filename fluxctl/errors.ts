/** What fluxctl tells its user when something is wrong (spec flux-v1 §9.1). */
import { Fault } from '../lib/runtime/mod.ts';

/** Printed as `Error: message` and a hint at `--help`. */
export class UsageError extends Fault {
  constructor(message: string) {
    super('Usage', 'stall', 'fluxctl', message);
  }
}

/** fluxd's own explanation for people, printed below `== Error ==`. */
export class ApiError extends Fault {
  readonly help: string;

  constructor(status: number, help: string, error: string) {
    super('Api', 'stall', String(status), error);
    this.help = help;
  }
}
