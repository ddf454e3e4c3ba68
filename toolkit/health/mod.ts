/** Whether objects are as they should be: what they say themselves (kstatus), what expressions say of them, and waiting for it. */
export { celValues, readHealthExpressions } from './expressions.ts';
export type { HealthExpressions } from './expressions.ts';
export { idOf, refOf, shownId } from './object-id.ts';
export type { ObjectId } from './object-id.ts';
export { unreadyBy } from './ready-expression.ts';
export { isSurelyCurrent, statusOf } from './status.ts';
export { waitUntilHealthy } from './wait.ts';
export type { WaitedFor, WaitOptions } from './wait.ts';
