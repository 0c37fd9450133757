// A progress bar on a terminal's stderr, for work that takes longer than a second; elsewhere nothing.

import type { Context } from './context.ts'

export interface Progress {
  /** Says that `count` (one) more of the total is done. */
  step(count?: number): void
  /** Takes the bar away. */
  end(): void
}

const silenceMs = 1_000
const betweenFramesMs = 100
const barWidth = 24

export function progressOn(context: Context, label: string, total: number): Progress {
  const stream = context.process.stderr
  if (stream.isTTY !== true) return { step() {}, end() {} }
  const startedAt = context.now().getTime()
  let done = 0
  let drawnAt = startedAt + silenceMs - betweenFramesMs
  let isDrawn = false
  return {
    step(count = 1) {
      done += count
      const nowMs = context.now().getTime()
      if (nowMs - drawnAt < betweenFramesMs) return
      drawnAt = nowMs
      isDrawn = true
      stream.write(`\r\u001B[K${frame(label, done, total)}`)
    },
    end() {
      if (isDrawn) stream.write('\r\u001B[K')
      isDrawn = false
    },
  }
}

function frame(label: string, done: number, total: number): string {
  const share = total > 0 ? Math.min(done / total, 1) : 1
  const filled = Math.round(share * barWidth)
  return `${label} [${'='.repeat(filled)}${' '.repeat(barWidth - filled)}] ${done}/${total}`
}
