// Retracing: on the way back a document becomes the very bytes that it was, comments, spaces and quotes included.
//
// Only where that loses nothing: nobody but us wrote the file since those bytes stood there, and they say exactly what
// the edits ask for. Otherwise the edits are spliced into what is live, as ever.

import { canonicalJson } from '../core/index.ts'
import { formatOf, isUnreadable, type Document } from '../hermes/index.ts'
import type { TargetRecord } from './record.ts'
import type { FileStep } from './step.ts'

/** Old bytes of the step's document that say what `edited` says, else `edited`. */
export function retraced({ live, root, path }: FileStep, edited: Buffer, record: TargetRecord): Buffer {
  const wanted = live.document && opened(path, edited)
  if (!wanted) return edited
  let standing: string | null = live.digest ?? null
  for (const { id, state } of record.generations()) {
    if (state === 'undone') continue
    const step = record.stepsOf(id).find((one) => one.root === root && one.path === path)
    if (!step) continue
    if (step.afterDigest !== standing || state === 'partly-undone') break // somebody else wrote in between
    standing = step.beforeDigest
    const bytes = standing === null ? undefined : record.content(standing)
    const before = bytes && opened(path, bytes)
    if (bytes && before && saysTheSame(before, wanted)) return bytes
  }
  return edited
}

function opened(path: string, bytes: Buffer): Document | undefined {
  const document = formatOf(path)?.open(bytes)
  return document && !isUnreadable(document) ? document : undefined
}

function saysTheSame(a: Document, b: Document): boolean {
  return textOf(a) === textOf(b)
}

/** Every part with its value, whatever their order is. */
function textOf(document: Document): string {
  const parts = document.parts().map((part) => JSON.stringify(part) + canonicalJson(document.get(part) ?? null))
  return parts.toSorted().join('\n')
}
