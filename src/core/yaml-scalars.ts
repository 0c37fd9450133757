// Scalars of YAML 1.1 exactly as PyYAML's safe loader resolves and constructs them.
//
// The regular expressions are those of PyYAML's resolver, so that `off` is false, `010` is 8, `0o10` a string,
// `1.5e3` a string and `1.5e+3` a number. What JSON cannot hold is kept as a mapping with one `$` key
// (`{"$timestamp": "2026-01-01"}`), so that equality stays exact. Not its job: where a scalar stands.

import { isMapping, type Json } from './json.ts'

/** A fault of the content, at an offset of the text. */
export class YamlProblem extends Error {
  readonly offset: number

  constructor(message: string, offset: number) {
    super(message)
    this.name = 'YamlProblem'
    this.offset = offset
  }
}

/** A scalar with the text that Python's json.dumps would give it as a key, and its identity among keys. */
export interface Scalar {
  readonly value: Json
  readonly key: string
  /** Python takes 1, 1.0 and true for one key. */
  readonly identity: string
}

type Construct = (text: string, refuse: Refuse) => Scalar
type Refuse = (why: string) => never

const prefix = 'tag:yaml.org,2002:'

const booleans: Record<string, boolean> = { yes: true, no: false, true: true, false: false, on: true, off: false }

const patterns = {
  bool: /^(?:yes|Yes|YES|no|No|NO|true|True|TRUE|false|False|FALSE|on|On|ON|off|Off|OFF)$/,
  float:
    /^(?:[-+]?[0-9][0-9_]*\.[0-9_]*(?:[eE][-+][0-9]+)?|\.[0-9][0-9_]*(?:[eE][-+][0-9]+)?|[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+\.[0-9_]*|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))$/,
  int: /^(?:[-+]?0b[0-1_]+|[-+]?0[0-7_]+|[-+]?(?:0|[1-9][0-9_]*)|[-+]?0x[0-9a-fA-F_]+|[-+]?[1-9][0-9_]*(?::[0-5]?[0-9])+)$/,
  merge: /^<<$/,
  null: /^(?:~|null|Null|NULL|)$/,
  timestamp:
    /^(?:[0-9]{4}-[0-9]{2}-[0-9]{2}|[0-9]{4}-[0-9][0-9]?-[0-9][0-9]?(?:[Tt]|[ \t]+)[0-9][0-9]?:[0-9]{2}:[0-9]{2}(?:\.[0-9]*)?(?:[ \t]*(?:Z|[-+][0-9][0-9]?(?::[0-9]{2})?))?)$/,
  value: /^=$/,
} as const

/** The tag that PyYAML gives to a plain scalar, without its common prefix. */
export function plainTagOf(text: string): keyof typeof patterns | 'str' {
  for (const tag of ['bool', 'float', 'int', 'merge', 'null', 'timestamp', 'value'] as const) {
    if (patterns[tag].test(text)) return tag
  }
  return 'str'
}

const constructors: Record<string, Construct | undefined> = {
  str: (text) => ({ value: text, key: text, identity: `s:${text}` }),
  null: () => ({ value: null, key: 'null', identity: 'null' }),
  bool(text, refuse) {
    const value = booleans[text.toLowerCase()]
    if (value === undefined) return refuse(`"${text}" is no boolean.`)
    return { value, key: String(value), identity: `n:${Number(value)}` }
  },
  int(text, refuse) {
    const value = integerOf(text) ?? refuse(`"${text}" is no integer.`)
    return { value: integerValue(value), key: String(value), identity: `n:${value}` }
  },
  float(text, refuse) {
    const value = floatOf(text) ?? refuse(`"${text}" is no number.`)
    return {
      value: floatValue(value),
      key: pythonFloat(value),
      identity: `n:${Number.isInteger(value) ? BigInt(value) : value}`,
    }
  },
  timestamp(text, refuse) {
    const value = timestampOf(text, refuse)
    return { value: { $timestamp: value }, key: value, identity: `t:${value}` }
  },
  binary(text, refuse) {
    const letters = text.replaceAll(/[^A-Za-z0-9+/=]/g, '')
    if (/[^ -~\s]|=[A-Za-z0-9+/]/.test(text) || /=[^=]/.test(letters) || letters.length % 4 !== 0)
      return refuse('The base64 data is broken.')
    const value = Buffer.from(letters, 'base64').toString('base64')
    return { value: { $binary: value }, key: value, identity: `b:${value}` }
  },
}

/** The scalar with this tag (a full tag, or undefined for what the text itself says when it is plain). */
export function constructScalar(text: string, tag: string | undefined, isPlain: boolean, offset: number): Scalar {
  const refuse: Refuse = (why) => {
    throw new YamlProblem(why, offset)
  }
  const short = tag === undefined ? (isPlain ? plainTagOf(text) : 'str') : shortTag(tag)
  const construct = short === undefined ? undefined : constructors[short]
  if (construct) return construct(text, refuse)
  if (tag === undefined) return refuse(`A plain ${text} has no meaning as a value; put it in quotes.`)
  return refuse(`The engine knows no tag ${tag} for a scalar.`)
}

/** `int` of `tag:yaml.org,2002:int`; undefined for any other family. */
export function shortTag(tag: string): string | undefined {
  return tag.startsWith(prefix) ? tag.slice(prefix.length) : undefined
}

function integerOf(source: string): bigint | undefined {
  let text = source.replaceAll('_', '')
  const sign = text.startsWith('-') ? -1n : 1n
  if (/^[-+]/.test(text)) text = text.slice(1)
  if (/^0b[01]+$/.test(text) || /^0x[0-9a-fA-F]+$/.test(text)) return sign * BigInt(text)
  if (/^0[0-7]*$/.test(text)) return sign * BigInt(`0o${text}`)
  if (/^[1-9][0-9]*(:[0-9]+)+$/.test(text)) {
    return sign * text.split(':').reduce((sum, digits) => sum * 60n + BigInt(digits), 0n)
  }
  const mostDigitsOfPython = 4300
  return /^[1-9][0-9]*$/.test(text) && text.length <= mostDigitsOfPython ? sign * BigInt(text) : undefined
}

function floatOf(source: string): number | undefined {
  let text = source.replaceAll('_', '').toLowerCase()
  const sign = text.startsWith('-') ? -1 : 1
  if (/^[-+]/.test(text)) text = text.slice(1)
  if (text === '.inf') return sign * Infinity
  if (text === '.nan') return NaN
  if (!/^(?:[0-9]+(?::[0-9]+)*\.?[0-9]*|\.[0-9]+|\.)(?:e[-+]?[0-9]+)?$/.test(text) || text.startsWith('.e'))
    return undefined
  if (!text.includes(':')) return text === '.' ? undefined : sign * Number(text)
  // Summed from the smallest place up, as PyYAML does: the order decides the last bit.
  let sum = 0
  let base = 1
  for (const digits of text.split(':').toReversed()) {
    sum += Number(digits) * base
    base *= 60
  }
  return sign * sum
}

function integerValue(value: bigint): Json {
  const isSafe = value >= BigInt(Number.MIN_SAFE_INTEGER) && value <= BigInt(Number.MAX_SAFE_INTEGER)
  return isSafe ? Number(value) : { $int: String(value) }
}

function floatValue(value: number): Json {
  if (Number.isNaN(value)) return { $float: 'nan' }
  if (!Number.isFinite(value)) return { $float: value > 0 ? 'inf' : '-inf' }
  return value === 0 ? 0 : value
}

/** Python's repr of a float, with json.dumps' names for what is not finite. */
function pythonFloat(value: number): string {
  if (Number.isNaN(value)) return 'NaN'
  if (!Number.isFinite(value)) return value > 0 ? 'Infinity' : '-Infinity'
  const [digits = '0', exponentText = '0'] = value.toExponential().split('e')
  const exponent = Number(exponentText)
  if (Object.is(value, -0)) return '-0.0'
  if (exponent >= -4 && exponent < 16) {
    const text =
      exponent < 0 ? value.toFixed(Math.min(100, digits.replace(/[-.]/g, '').length - 1 - exponent)) : String(value)
    return text.includes('.') ? text : `${text}.0`
  }
  const sign = exponent < 0 ? '-' : '+'
  return `${digits}e${sign}${String(Math.abs(exponent)).padStart(2, '0')}`
}

const timestampParts =
  /^([0-9]{4})-([0-9][0-9]?)-([0-9][0-9]?)(?:(?:[Tt]|[ \t]+)([0-9][0-9]?):([0-9]{2}):([0-9]{2})(?:\.([0-9]*))?(?:[ \t]*(Z|([-+])([0-9][0-9]?)(?::([0-9]{2}))?))?)?$/

/** The instant as Python's isoformat writes it. */
function timestampOf(text: string, refuse: Refuse): string {
  const found = timestampParts.exec(text)
  if (!found) return refuse(`"${text}" is no timestamp.`)
  const [
    ,
    year = '',
    month = '',
    day = '',
    hour,
    minute = '',
    second = '',
    fraction,
    zone,
    sign,
    zoneHour = '0',
    zoneMinute = '0',
  ] = found
  const lastDay = new Date(Date.UTC(2000 + (Number(year) % 400), Number(month), 0)).getUTCDate()
  if (Number(year) < 1 || Number(month) < 1 || Number(month) > 12 || Number(day) < 1 || Number(day) > lastDay) {
    return refuse(`${text} is no date of the calendar; put it in quotes if it is text.`)
  }
  const date = `${year}-${two(month)}-${two(day)}`
  if (hour === undefined) return date
  const isTime = Number(hour) < 24 && Number(minute) < 60 && Number(second) < 60
  const zoneMinutes = Number(zoneHour) * 60 + Number(zoneMinute)
  if (!isTime || zoneMinutes >= 24 * 60) return refuse(`${text} is no time of day; put it in quotes if it is text.`)
  const micros = (fraction ?? '').slice(0, 6).padEnd(6, '0')
  const offset =
    zone === undefined
      ? ''
      : `${zoneMinutes === 0 ? '+' : (sign ?? '+')}${two(Math.floor(zoneMinutes / 60))}:${two(zoneMinutes % 60)}`
  return `${date}T${two(hour)}:${two(minute)}:${two(second)}${Number(micros) === 0 ? '' : `.${micros}`}${offset}`
}

function two(digits: string | number): string {
  return String(digits).padStart(2, '0')
}

const taggedNames = new Set(['$timestamp', '$int', '$float', '$binary', '$set', '$pairs'])

/** A value that JSON cannot hold: one leaf, never a mapping to look into. */
export function isTagged(value: Json): boolean {
  if (!isMapping(value)) return false
  const [name, ...others] = Object.keys(value)
  return name !== undefined && others.length === 0 && taggedNames.has(name)
}
