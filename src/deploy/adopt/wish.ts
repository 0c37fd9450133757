// Wishes: one live difference each, that somebody wants in the sidecar; and what a carrier of one kind may use.

import { TimmyError, type Disk, type Json } from '../../core/index.ts'
import type { Part } from '../../hermes/index.ts'
import type { Sidecar } from '../../config/index.ts'
import { placeOf } from '../compile/rules.ts'
import type { DeskTarget } from '../desk.ts'
import type { Root, Source } from '../entry.ts'
import type { SecretJudge } from '../init/secret-judge.ts'
import type { SidecarDraft } from './sidecar-draft.ts'

export interface Wish {
  readonly sidecar: Sidecar
  readonly target: DeskTarget
  readonly entry: string
  readonly root: Root
  readonly path: string
  readonly part?: Part
  /** Where the sidecar says it now, or would. */
  readonly source: Source
  /** The sidecar's own value, for references in it. */
  readonly template?: Json
  /** What is live of it: the value of a part that concerns us; undefined when it is gone. */
  readonly live?: Json
  /** Neither owned nor wanted so far. */
  readonly isForeign: boolean
}

export interface Carriage {
  readonly disk: Disk
  readonly draft: SidecarDraft
  readonly judge: SecretJudge
  /** Of the home's .env, in memory only. */
  readonly variables: ReadonlyMap<string, string>
}

/** Writes one wish into the draft; throws ADOPT_REFUSED, EDIT_REFUSED or SECRET_REFUSED and then has changed nothing. */
export type Carry = (wish: Wish, carriage: Carriage) => void

export function refuse({ entry, source }: Pick<Wish, 'entry' | 'source'>, why: string): never {
  throw new TimmyError('ADOPT_REFUSED', `${entry} cannot be adopted: ${why}`, {
    hint: `edit ${placeOf(source)}`,
    where: [source.line === undefined ? { file: source.file } : { file: source.file, line: source.line }],
  })
}

/** Never with the value. */
export function refuseSecret({ entry, source }: Pick<Wish, 'entry' | 'source'>, why: string): never {
  throw new TimmyError('SECRET_REFUSED', `${entry} is not written into the sidecar: ${why}`, {
    hint: `name it as \${NAME} in ${source.file}, with its value in the .env of the home`,
    where: [{ file: source.file }],
  })
}
