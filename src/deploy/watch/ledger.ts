// The ledger of a watch: what was seen last of each owned entry, so that each change is told once.
//
// Pure but for its memory, which is bounded by what we own. A change whose outcome is what we applied in a newer
// generation is our own deploy and not told. Three reversals of one entry within an hour are a tug of war, told once.

import type { Json } from '../../core/index.ts'
import type { EntryClass } from '../class.ts'

/** One owned entry as a pass found it. */
export interface Sighting {
  readonly target: string
  readonly entry: string
  readonly class: EntryClass
  /** Digest of what is live of it, null when it is gone. */
  readonly live: string | null
  /** Live is what we applied. */
  readonly isOurs: boolean
  readonly isParked: boolean
  /** The generation that applied it. */
  readonly generation: number
  /** What is live and what we applied, as they may be shown. */
  readonly shown: Json
  readonly shownApplied: Json
}

export interface Told {
  readonly kind: 'change' | 'tug-of-war'
  readonly sighting: Sighting
  readonly from: Json
  readonly to: Json
  /** It was so when the watch began. */
  readonly isOld: boolean
  /** Of a tug of war. */
  readonly reversals?: number
}

interface Line {
  readonly live: string | null
  readonly generation: number
  readonly shown: Json
  /** Values that were live before, newest last. */
  readonly past: readonly { readonly at: number; readonly live: string | null }[]
  readonly reversals: readonly number[]
  readonly toldTugAt: number | undefined
}

const hourMs = 3_600_000
const reversalsOfTug = 3
const mostPast = 16

export type Ledger = ReturnType<typeof openLedger>

export function openLedger() {
  const lines = new Map<string, Line>()
  let isFirst = true
  return {
    /** Takes in a whole pass; gives what is new in it. */
    observe(sightings: readonly Sighting[], at: number): Told[] {
      const told = sightings.flatMap((sighting) => observeOne(lines, sighting, at, isFirst))
      const keys = new Set(sightings.map(keyOf))
      for (const key of lines.keys()) if (!keys.has(key)) lines.delete(key)
      isFirst = false
      return told
    },
  }
}

const keyOf = ({ target, entry }: Sighting): string => `${target}\0${entry}`

function observeOne(lines: Map<string, Line>, sighting: Sighting, at: number, isFirst: boolean): Told[] {
  const key = keyOf(sighting)
  const { live, generation, shown } = sighting
  const known = lines.get(key)
  if (!known) {
    lines.set(key, { live, generation, shown, past: [], reversals: [], toldTugAt: undefined })
    if (sighting.isOurs || sighting.isParked) return []
    return [{ kind: 'change', sighting, from: sighting.shownApplied, to: shown, isOld: isFirst }]
  }
  if (known.live === live) {
    lines.set(key, { ...known, generation, shown })
    return []
  }
  const past = [...known.past, { at, live: known.live }].filter((one) => at - one.at < hourMs).slice(-mostPast)
  const isReversal = past.some((one) => one.live === live)
  const reversals = [...known.reversals.filter((one) => at - one < hourMs), ...(isReversal ? [at] : [])].slice(
    -mostPast,
  )
  const wasTold = known.toldTugAt !== undefined && at - known.toldTugAt < hourMs
  const isTug = !wasTold && isReversal && reversals.length >= reversalsOfTug
  lines.set(key, { live, generation, shown, past, reversals, toldTugAt: isTug ? at : known.toldTugAt })
  const isOwnDeploy = sighting.isOurs && generation !== known.generation
  const change: Told = { kind: 'change', sighting, from: known.shown, to: shown, isOld: false }
  return [
    ...(isOwnDeploy ? [] : [change]),
    ...(isTug ? [{ ...change, kind: 'tug-of-war' as const, reversals: reversals.length }] : []),
  ]
}
