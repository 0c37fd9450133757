// A program for output.test.ts: asks one question of the person at the terminal.

import { confirm, processWithOurExitCodes } from '../../src/core/index.ts'
import { tellProblem } from '../../src/problem.ts'
import { realWorld } from '../../src/world.ts'

const world = realWorld(processWithOurExitCodes(process))
try {
  const isYes = await confirm(world, { yes: false }, 'Go on?')
  world.process.stdout.write(isYes ? 'went on\n' : 'stopped\n')
} catch (cause) {
  await tellProblem(cause, [], world)
}
