// `timmy help [WORD]`: one word explained, or the list of words; of a command that is no word too, its --help.

import { TimmyError, table, type Context } from '../core/index.ts'
import { concepts, type Concept } from './concepts.ts'

/** What this room needs of the program that it belongs to. */
export interface Program {
  isCommand(word: string): boolean
  run(argv: readonly string[], context: Context): Promise<void>
}

export async function explainConcept(context: Context, program: Program, word?: string): Promise<void> {
  const { stdout } = context.process
  if (word === undefined) return stdout.write(listOfConcepts())
  const name = nameOf(word.toLowerCase())
  if (name !== undefined) return stdout.write(explanationOf(name))
  if (program.isCommand(word)) return program.run([word, '--help'], context)
  throw new TimmyError('USAGE', `"${word}" is no word of the vocabulary and no command`, { hint: 'timmy help' })
}

function listOfConcepts(): string {
  return [
    'The words of timmy. `timmy help WORD` says more, `timmy --help` lists the commands.\n',
    tableOf(Object.entries(concepts).filter(([, { isAhead }]) => isAhead !== true)),
    'Words of the surfaces that follow, fixed already:\n',
    tableOf(Object.entries(concepts).filter(([, { isAhead }]) => isAhead === true)),
  ].join('\n')
}

const tableOf = (of: readonly (readonly [string, Concept])[]): string =>
  table(
    of.map(([name, { is }]) => [name, is]),
    { indent: '  ' },
  )

function explanationOf(name: string): string {
  const concept = concepts[name] as Concept
  const seeAlso = concept.see.map((other) => `timmy help ${other}`).join(', ')
  return `${name}: ${concept.is}\n\n${concept.more}\n\nSee also: ${seeAlso}\n`
}

/** The word itself, or the singular of it. */
function nameOf(word: string): string | undefined {
  return [word, word.replace(/s$/, '')].find((name) => Object.hasOwn(concepts, name))
}
