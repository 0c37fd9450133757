// The text of a file as the engine's Python opens it: strict UTF-8.

import type { Unreadable } from '../document.ts'

/** The text with its BOM, if any; unreadable where Python would raise. A missing file is empty. */
export function textOf(bytes: Buffer | undefined): string | Unreadable {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes ?? Buffer.alloc(0))
  } catch {
    return { unreadable: 'It is no UTF-8 text.' }
  }
}
