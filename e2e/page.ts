/** A page of the documentation, as what it asks its reader to do. */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { projectRoot } from '../demo/mod.ts';

export interface Block {
  /** Behind the fence: `sh`, `yaml`; '' for what a command prints. */
  language: string;
  text: string;
}

export interface Section {
  heading: string;
  blocks: Block[];
}

/** Sections that have blocks, in order; those before the first heading have the heading ''. */
export async function readPage(page: string): Promise<Section[]> {
  const text = await readFile(path.join(projectRoot, page), 'utf8');
  const sections: Section[] = [{ heading: '', blocks: [] }];
  for (const [, heading, indent = '', language = '', block] of text.matchAll(
    /^(?:#{1,6} (.+)|( *)```(\w*)\n([^]*?)^ *```)$/gm,
  )) {
    if (heading !== undefined) sections.push({ heading, blocks: [] });
    else
      sections.at(-1)?.blocks.push({
        language,
        text: (block ?? '').replaceAll(new RegExp(`^${indent}`, 'gm'), ''),
      });
  }
  return sections.filter(({ blocks }) => blocks.length > 0);
}

/** One a line; lines that end with a backslash go on. */
export const commandsOf = ({ text }: Block): string[] =>
  text
    .replaceAll(/\\\n\s*/g, '')
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'));
