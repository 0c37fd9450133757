// A key: the live value spliced into the settings file of the layer that won; every other byte of it stays.

import { overlayOf } from '../../config/index.ts'
import { isMapping, spliceYaml, type Json } from '../../core/index.ts'
import { formatOf, isUnreadable, type Part } from '../../hermes/index.ts'
import { inLayer } from '../origin.ts'
import { withPlaceholders } from './placeholders.ts'
import { refuse, refuseSecret, type Carriage, type Carry, type Wish } from './wish.ts'

/** config.yaml, and config.defaults.yaml where that is what says it. */
export const carryKey: Carry = (wish, carriage) => {
  const { source } = wish
  const path = keyOf(wish)
  const value = valueFor(wish, path, carriage) ?? absenceIn(wish, path)
  const text = carriage.draft.read(source.file)?.toString('utf8') ?? ''
  carriage.draft.set(source.file, Buffer.from(spliceYaml(text, [{ path, value }], { file: source.file })))
}

export const carryAlias: Carry = (wish, carriage) => {
  const { source } = wish
  const path = keyOf(wish)
  const value = valueFor(wish, path, carriage) ?? absenceIn(wish, path)
  const part: Part = { kind: 'key', path }
  const opened = formatOf('channel_aliases.json')?.open(carriage.draft.read(source.file))
  if (!opened || isUnreadable(opened)) refuse(wish, `${source.file} cannot be read as JSON`)
  carriage.draft.set(source.file, opened.edit([{ part, value }]))
}

function keyOf(wish: Wish): readonly string[] {
  if (wish.part?.kind === 'key') return wish.part.path
  return refuse(wish, 'it is no key')
}

/** What to write; undefined: the key is gone. */
function valueFor(wish: Wish, path: readonly string[], { judge, variables }: Carriage): Json | undefined {
  if (wish.live === undefined) return undefined
  const value = withPlaceholders(wish.live, wish.template, variables)
  const secret = judge.inValue(path, value)
  if (secret) refuseSecret(wish, secret.why)
  if (value === null) refuse(wish, 'it is null, which in a sidecar means that a key is taken out')
  return value
}

/** Null hides the value of a lower layer; without one the key simply goes. */
function absenceIn({ sidecar, target, source, path: file }: Wish, path: readonly string[]): Json | undefined {
  const { layers } = overlayOf(sidecar, target.open.target)
  const lower = layers.slice(0, layers.indexOf(source.layer))
  const name = file === 'channel_aliases.json' ? file : inLayer(source)
  const isBelow = sidecar.files.some(
    (one) => one.inLayer === name && lower.includes(one.layer) && holds(sidecar.readings.get(one.path)?.value, path),
  )
  return isBelow ? null : undefined
}

function holds(value: Json | undefined, path: readonly string[]): boolean {
  const [key, ...rest] = path
  if (key === undefined) return value !== undefined
  return isMapping(value) && Object.hasOwn(value, key) && holds(value[key], rest)
}
