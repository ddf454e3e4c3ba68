/** Progress, on the error stream, with the signs that flux uses. */
import type { Surroundings } from '../command.ts';

export interface Say {
  action(text: string): void;
  waiting(text: string): void;
  success(text: string): void;
  failure(text: string): void;
}

export const sayTo = ({ err }: Pick<Surroundings, 'err'>): Say => ({
  action: (text) => {
    err(`► ${text}\n`);
  },
  waiting: (text) => {
    err(`◎ ${text}\n`);
  },
  success: (text) => {
    err(`✔ ${text}\n`);
  },
  failure: (text) => {
    err(`✗ ${text}\n`);
  },
});
