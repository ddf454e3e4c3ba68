/** What the spectator sees: numbered steps, progress while waiting, proofs. */
import { setTimeout as delay } from 'node:timers/promises';

export interface Narrator {
  /** Begins a numbered step. */
  step(title: string): void;
  /** A sentence below the step. */
  say(text: string): void;
  /** A command as a user would type it. */
  command(text: string): void;
  /** Text that proves something, indented. */
  proof(text: string): void;
  /**
   * Waits until `check` returns something, asking every 100 ms and showing what is waited for.
   *
   * @throws Error naming the condition, and the last thing seen, when it is not there after `timeoutMs`
   */
  until<T>(what: string, check: () => Promise<T | undefined>, timeoutMs?: number): Promise<T>;
}

export interface NarratorOptions {
  /** A terminal shows a spinner and colours. */
  out: { write(text: string): unknown; isTTY?: boolean };
  signal: AbortSignal;
}

const spinner = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏'];

export function createNarrator({ out, signal }: NarratorOptions): Narrator {
  const started = performance.now();
  const colour = out.isTTY === true && process.env.NO_COLOR === undefined;
  const paint = (code: number, text: string) => (colour ? `\u001b[${code}m${text}\u001b[0m` : text);
  const seconds = () => `${((performance.now() - started) / 1000).toFixed(1)} s`;
  let number = 0;
  const line = (text: string) => {
    out.write(`${text}\n`);
  };
  return {
    step: (title) => {
      number += 1;
      line('');
      line(`${paint(1, `${number}. ${title}`)}  ${paint(2, seconds())}`);
    },
    say: (text) => {
      line(`   ${text}`);
    },
    command: (text) => {
      line(`   ${paint(36, `$ ${text}`)}`);
    },
    proof: (text) => {
      for (const row of text.trimEnd().split('\n')) line(`   ${paint(2, '│')} ${row.trimEnd()}`);
    },
    until: async (what, check, timeoutMs = 60_000) => {
      const begin = performance.now();
      for (let turn = 0; ; turn += 1) {
        signal.throwIfAborted();
        const found = await check();
        const waited = performance.now() - begin;
        if (found !== undefined) {
          if (out.isTTY === true) out.write('\r\u001b[K');
          line(`   ${paint(32, '✓')} ${what}  ${paint(2, `${(waited / 1000).toFixed(1)} s`)}`);
          return found;
        }
        if (waited > timeoutMs) {
          if (out.isTTY === true) out.write('\r\u001b[K');
          throw new Error(`waited ${Math.round(waited / 1000)} s in vain: ${what}`);
        }
        if (out.isTTY === true) out.write(`\r\u001b[K   ${spinner[turn % spinner.length]} ${what}`);
        await delay(100, undefined, { signal });
      }
    },
  };
}
