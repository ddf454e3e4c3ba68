/** What fluxctl tells its user when something is wrong (spec flux-v1 §9.1). */
import { Fault } from '../lib/runtime/mod.ts';
import type { JobStatus } from '../lib/wire/mod.ts';

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

/** fluxd is still at it. */
export class TimeoutError extends Fault {
  constructor() {
    super('Timeout', 'retry', 'fluxctl', 'timeout');
  }
}

/** The job's own error; what it did all the same. */
export class JobFailed extends Fault {
  readonly result: JobStatus['Result'];

  constructor(error: string, result: JobStatus['Result']) {
    super('JobFailed', 'stall', 'job', error);
    this.result = result;
  }
}

/** What a verb came to when no usage was wrong: printed as `✗ message`, without a hint at `--help`. */
export class VerbFailed extends Fault {
  /** Exit status. */
  readonly status: number;
  /** Stands before the message. */
  readonly sign: string;

  constructor(message: string, status = 1, sign = '✗') {
    super('VerbFailed', 'stall', 'fluxctl', message);
    this.status = status;
    this.sign = sign;
  }
}
