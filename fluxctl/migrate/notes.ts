/** What there is to say about the conversion of one object. */

export interface Note {
  /** `refusal`: it cannot be converted, or must not be switched. */
  level: 'warning' | 'refusal';
  text: string;
}

export interface Notes {
  readonly list: readonly Note[];
  warn(text: string): void;
  refuse(text: string): void;
}

export function takeNotes(): Notes {
  const list: Note[] = [];
  return {
    list,
    warn: (text) => {
      list.push({ level: 'warning', text });
    },
    refuse: (text) => {
      list.push({ level: 'refusal', text });
    },
  };
}

export const isRefused = ({ list }: Pick<Notes, 'list'>): boolean =>
  list.some(({ level }) => level === 'refusal');
