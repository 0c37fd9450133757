// `timmy help [CONCEPT]`: one word explained, or the list of words. `timmy help COMMAND` points to its --help.

import { TimmyError, table, type Context } from '../core/index.ts'
import { concepts } from './concepts.ts'

export function explainConcept(this: Context, _flags: object, word?: string): void {
  this.process.stdout.write(word === undefined ? listOfConcepts() : explanationOf(word))
}

function listOfConcepts(): string {
  const rows = Object.entries(concepts).map(([name, { is }]) => [name, is])
  return `The words of timmy. \`timmy help WORD\` says more, \`timmy --help\` lists the commands.\n\n${table(rows, { indent: '  ' })}`
}

function explanationOf(word: string): string {
  const name = nameOf(word.toLowerCase())
  const concept = name === undefined ? undefined : concepts[name]
  if (concept === undefined) {
    throw new TimmyError('USAGE', `"${word}" is no word of the vocabulary`, {
      hint: `timmy help, or timmy ${word} --help for a command`,
    })
  }
  const seeAlso = concept.see.map((other) => `timmy help ${other}`).join(', ')
  return `${name}: ${concept.is}\n\n${concept.more}\n\nSee also: ${seeAlso}\n`
}

/** The word itself, or the singular of it. */
function nameOf(word: string): string | undefined {
  return [word, word.replace(/s$/, '')].find((name) => Object.hasOwn(concepts, name))
}
