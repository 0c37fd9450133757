// A step of the demo: something happens, then what it left behind is looked at.

import { canonicalJson, type Json } from '../core/index.ts'
import type { Stage } from './stage.ts'

export interface Step {
  /** What is true once the step was checked, as one line. */
  readonly title: string
  /** Acts and checks; throws Unmet when what it left behind is not as promised. */
  run(stage: Stage): Promise<void>
}

/** Something that a step promised and did not find. */
export class Unmet extends Error {
  readonly expected: string
  readonly actual: string

  constructor(what: string, expected: string, actual: string) {
    super(what)
    this.name = 'Unmet'
    this.expected = expected
    this.actual = actual
  }
}

export function step<Result>(
  title: string,
  act: (stage: Stage) => Promise<Result> | Result,
  check: (result: Result, stage: Stage) => Promise<void> | void,
): Step {
  return {
    title,
    async run(stage) {
      await check(await act(stage), stage)
    },
  }
}

export function same(what: string, actual: unknown, expected: unknown): void {
  const [found, wanted] = [textOf(actual), textOf(expected)]
  if (found !== wanted) throw new Unmet(what, wanted, found)
}

export function holds(what: string, text: string, part: string): void {
  if (!text.includes(part)) throw new Unmet(what, `it holds ${JSON.stringify(part)}`, text)
}

export function lacks(what: string, text: string, part: string): void {
  if (text.includes(part)) throw new Unmet(what, `it does not hold ${JSON.stringify(part)}`, text)
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : canonicalJson((value ?? null) as Json)
}
