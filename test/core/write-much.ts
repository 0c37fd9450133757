// A program for output.test.ts: writes argv[2] bytes in large parts, then ends at once where argv[3] is `exit`.
// Says on stderr how often it was told that nobody reads.

import { processWithOurExitCodes } from '../../src/core/index.ts'

const { stdout } = processWithOurExitCodes(process)
let closings = 0
stdout.onClosed(() => (closings += 1))
const total = Number(process.argv[2])
const part = 'x'.repeat(100_000)
for (let written = 0; written < total; written += part.length) stdout.write(part)
if (process.argv[3] === 'exit') process.exit(0)
if (closings > 0) process.stderr.write(`closed ${closings}\n`)
