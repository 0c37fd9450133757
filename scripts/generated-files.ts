// Everything in the repository that is made from its source: path and content. A further generator is one line here.
//
// Promise: same source, same bytes. test/generated.test.ts fails when what is checked in is not this.

import { checkPages } from '../src/deploy/check/pages.ts'
import { errorsPage } from './errors-page.ts'

type Generator = () => ReadonlyMap<string, string> | Promise<ReadonlyMap<string, string>>

const generators: readonly Generator[] = [() => new Map([['docs/errors.md', errorsPage()]]), checkPages]

/** The files by their paths in the repository. */
export async function generatedFiles(): Promise<ReadonlyMap<string, string>> {
  const made = await Promise.all(generators.map(async (generate) => generate()))
  return new Map(made.flatMap((files) => [...files]))
}
