// A program for flock.test.ts: takes the lock on argv[2] through withFlock, says so, and holds it until killed or
// until its input ends.

import { withFlock } from '../../src/core/index.ts'

await withFlock(process.argv[2] ?? '', { timeoutMs: 10_000 }, async () => {
  process.stdout.write('held\n')
  process.stdin.resume()
  await new Promise((resolve) => process.stdin.once('end', resolve))
})
process.stdout.write('released\n')
