// One argument as a shell reads it back: for the commands that we print for people to paste.

/** The text itself where a shell takes it as it is, else in single quotes. */
export function shellWord(text: string): string {
  if (/^[\w./:@%+=,-][\w./:@%+=,#~-]*$/.test(text)) return text
  return `'${text.replaceAll("'", String.raw`'\''`)}'`
}
