/** The last lines that Helm said, for the Event of a failure. */
import type { Clock } from '../../lib/runtime/mod.ts';

export interface HelmLog {
  log: (line: string) => void;
  /** A message with the lines behind it. */
  behind(message: string): string;
}

const kept = 5;

export function createHelmLog(clock: Clock): HelmLog {
  const lines: { text: string; times: number }[] = [];
  return {
    log: (line) => {
      const last = lines.at(-1);
      const text = line.trim();
      if (last?.text.endsWith(text) === true) {
        last.times += 1;
        return;
      }
      lines.push({ text: `${clock.now().toISOString()}: ${text}`, times: 1 });
      if (lines.length > kept) lines.shift();
    },
    behind: (message) => {
      if (lines.length === 0) return message;
      const shown = lines.map(({ text, times }) =>
        times === 1 ? text : `${text}\n...${times - 1} identical messages`,
      );
      return `${message}\n\nLast Helm logs:\n\n${shown.join('\n')}`;
    },
  };
}
