/**
 * Follows a page as its reader does: runs its commands, applies its manifests or keeps them in the files that they name,
 * and compares what is printed with what the page shows.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { vi } from 'vitest';
import { commandsOf } from './page.ts';
import type { Block, Section } from './page.ts';
import type { Shell } from './shell.ts';

export interface ReaderOptions {
  sections: readonly Section[];
  shell: Shell;
  /** For manifests that are applied. */
  folder: string;
  /** What the page names, and what stands for it here. */
  mine: readonly (readonly [string, string])[];
  /** Commands that are not for the shell. */
  elsewhere?: readonly { command: RegExp; run: (command: string) => Promise<void> }[];
  /** For failures. */
  logs: () => string;
}

export interface Reader {
  /**
   * Does what a section says.
   * @param then what comes to pass after a command that begins so
   */
  read(
    heading: string,
    then?: Readonly<Record<string, (said: string) => Promise<void>>>,
  ): Promise<void>;
  /** Headings that were not read yet. */
  unread(): string[];
}

const waiting = { timeout: 60_000, interval: 100 };

/** Asks, and may be asked again. */
const question = /^(kubectl|fluxctl|reflux-helm|helm)( -n \S+)? (get|list|history)\b/;

export function createReader(options: ReaderOptions): Reader {
  const { sections, shell, folder, logs } = options;
  const read = new Set<string>();
  let broken = false;
  let applied = 0;

  const mine = (text: string) =>
    options.mine.reduce((changed, [theirs, ours]) => changed.replaceAll(theirs, ours), text);

  const manifest = async (text: string) => {
    const [, file, content] = /^# (\S+)\n([^]*)$/.exec(text) ?? [];
    if (file !== undefined && content !== undefined) {
      const at = path.join((await shell('pwd')).trim(), file);
      await mkdir(path.dirname(at), { recursive: true });
      await writeFile(at, content);
      return;
    }
    const at = path.join(folder, `applied-${applied++}.yaml`);
    await writeFile(at, text);
    await shell(`kubectl apply -f ${at}`);
  };

  const run = async (
    command: string,
    shown: Block | undefined,
    then: Readonly<Record<string, (said: string) => Promise<void>>>,
  ) => {
    const other = options.elsewhere?.find((each) => each.command.test(command));
    if (other !== undefined) {
      await other.run(command);
      return;
    }
    const attempt = async () => {
      const said = await shell(command);
      if (shown !== undefined && !pattern(mine(shown.text)).test(`${squeezed(said)}\n`))
        throw new Error(`the page shows\n${shown.text}\nand it printed\n${said}`);
      return said;
    };
    const said = await (question.test(command) ? vi.waitFor(attempt, waiting) : attempt());
    for (const [beginning, comesTrue] of Object.entries(then))
      if (command.startsWith(mine(beginning))) await comesTrue(said);
  };

  return {
    unread: () => sections.map(({ heading }) => heading).filter((heading) => !read.has(heading)),
    read: async (heading, then = {}) => {
      const blocks = sections.find((each) => each.heading === heading)?.blocks;
      if (blocks === undefined) throw new Error(`the page has no section ${heading}`);
      if (broken) throw new Error('the page cannot be followed any further');
      read.add(heading);
      for (const [index, block] of blocks.entries()) {
        const next = blocks[index + 1];
        const steps = block.language === 'sh' ? commandsOf(block).map(mine) : [];
        const failed = (step: string) => (cause: unknown) => {
          broken = true;
          throw new Error(`${heading}: ${step}\n${String(cause)}\n${logs()}`);
        };
        if (block.language === 'yaml') await manifest(mine(block.text)).catch(failed(block.text));
        for (const [at, step] of steps.entries()) {
          const isLast = at === steps.length - 1;
          const shown = isLast && next?.language === '' ? next : undefined;
          await run(step, shown, then).catch(failed(step));
        }
      }
    },
  };
}

/** Columns are as wide as what is in them. */
const squeezed = (text: string): string =>
  text
    .split('\n')
    .map((line) => line.trim().replaceAll(/\s+/g, ' '))
    .join('\n')
    .trim();

/** `…` is anything; on a line of its own, any lines, or none. */
function pattern(shown: string): RegExp {
  const lines = squeezed(shown)
    .split('\n')
    .map((line) => line.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`))
    .map((line) => (line === '…' ? '(?:[^]*\n)?' : `${line.replaceAll('…', '[^]*?')}\n`));
  return new RegExp(`^${lines.join('')}$`);
}
