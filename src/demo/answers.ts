// What steps read of the commands' JSON documents (docs/command-line.md).

import type { Answer } from './stage.ts'

export interface ShownChange {
  readonly entry: string
  readonly action: string
  readonly class: string
  readonly restart: string | null
}

/** Changes that would be, or were, written. */
export function actionsIn(answer: Answer): ShownChange[] {
  return listIn<ShownChange>(answer, 'changes').filter(({ action }) => action !== 'none')
}

export const appliedIn = (answer: Answer): string[] => entriesIn(answer, 'applied')

export const conflictsIn = (answer: Answer): string[] => entriesIn(answer, 'conflicts')

/** Entries of the classes in which somebody else moved what we had applied. */
export function driftIn(answer: Answer): string[] {
  return listIn<ShownChange>(answer, 'changes')
    .filter(
      ({ class: entryClass, action }) =>
        action === 'none' && /^(?:drift|deleted-live|removed-edited)$/.test(entryClass),
    )
    .map(({ entry }) => entry)
    .toSorted()
}

function entriesIn(answer: Answer, field: string): string[] {
  return listIn<{ entry: string }>(answer, field)
    .map(({ entry }) => entry)
    .toSorted()
}

export function listIn<T>({ document }: Answer, field: string): T[] {
  const list = document[field]
  return Array.isArray(list) ? (list as T[]) : []
}
