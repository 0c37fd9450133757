// Random values and scalars that are hard for YAML: what looks like a number, a date, a word or punctuation.

import fc from 'fast-check'
import type { Json } from '../../src/core/json.ts'

const digits = fc.string({ unit: fc.constantFrom(...Array.from('0123456789_')), minLength: 1, maxLength: 6 })
const numberLike = fc
  .array(
    fc.oneof(
      digits,
      fc.constantFrom('.', '-', '+', ':', 'e', 'E', 'e+', 'e-', '0x', '0b', '0o', 'a', '_', '0', '1', '60'),
    ),
    { minLength: 1, maxLength: 6 },
  )
  .map((parts) => parts.join(''))
const dateLike = fc
  .tuple(
    fc.constantFrom('2026', '1999', '0001', '0000', '20'),
    fc.constantFrom('01', '1', '12', '13', '02'),
    fc.constantFrom('01', '1', '29', '31', '32'),
    fc.constantFrom('', 'T', 't', ' ', '  '),
    fc.constantFrom('', '3:04:05', '23:59:59', '24:00:00', '03:4:05', '03:04:60', '03:04'),
    fc.constantFrom('', '.', '.5', '.123456789'),
    fc.constantFrom('', 'Z', ' Z', '+2', '-02:30', ' +0', '+24:00', '+02:3', '-0:00', 'z'),
  )
  .map(([year, month, day, gap, time, fraction, zone]) => `${year}-${month}-${day}${gap}${time}${fraction}${zone}`)
const words = [
  'yes',
  'no',
  'on',
  'off',
  'true',
  'false',
  'y',
  'n',
  'null',
  '~',
  '.inf',
  '.nan',
  '-.inf',
  '+.inf',
  '=',
  '<<',
  'nan',
  'inf',
  'Infinity',
  'none',
  '',
]
const wordLike = fc
  .tuple(fc.constantFrom(...words), fc.constantFrom('', 'u', 'c'))
  .map(([word, change]) =>
    change === 'u' ? word.toUpperCase() : change === 'c' ? word.slice(0, 1).toUpperCase() + word.slice(1) : word,
  )
const punctuated = fc.string({
  unit: fc.constantFrom(...Array.from('ab1 -?:,[]{}#&*!|>\'"%@`~=<.$/\\é§')),
  maxLength: 8,
})
export const scalar = fc.oneof(numberLike, numberLike, dateLike, wordLike, punctuated)
export const json: fc.Arbitrary<Json> = fc.letrec<{ tree: Json; leaf: Json }>((tie) => ({
  leaf: fc.oneof(
    fc.string({ maxLength: 12 }),
    fc.string({ unit: 'binary', maxLength: 12 }),
    wordLike,
    numberLike,
    punctuated,
    fc.string({ unit: fc.constantFrom('a', ' ', '\n', 'b', '#', ':', '\t', '-'), maxLength: 10 }),
    fc.integer(),
    fc.double({ noNaN: true, noDefaultInfinity: true }).map((n) => (Number.isInteger(n) ? 0.5 : n)),
    fc.boolean(),
    fc.constant(null),
  ),
  tree: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    tie('leaf'),
    fc.array(tie('tree'), { maxLength: 4 }),
    fc.dictionary(fc.oneof(fc.string({ maxLength: 6 }), wordLike, punctuated), tie('tree'), {
      maxKeys: 4,
      noNullPrototype: true,
    }),
  ),
})).tree
