// The fake `hermes` as a program: started by the wrapper that installFakeHermes writes.

import { answerHermes } from './answer.ts'

const { exit, stdout, stderr } = answerHermes(process.argv.slice(2), { env: process.env, cwd: process.cwd() })
process.stdout.write(stdout)
process.stderr.write(stderr)
process.exitCode = Math.abs(exit)
if (exit < 0) process.kill(process.pid, -exit)
