// bin/engines: nothing to do is silent, and what it cannot do is a sentence and not a failure.

import assert from 'node:assert/strict'
import { existsSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { run, type RunResult } from '../src/core/index.ts'
import { scratchFolder, type ScratchFolder } from './scratch.ts'

const program = join(import.meta.dirname, '../bin/engines')
const version = '0.19.0'

function setUp(folder: ScratchFolder, env: Record<string, string>): Promise<RunResult> {
  const scratch = { HOME: folder.path, XDG_CACHE_HOME: folder.at('cache'), PYENV_ROOT: folder.at('none') }
  return run([program, version], { timeoutMs: 120_000, env: { ...scratch, ...env } })
}

/** A PATH of these programs of the system alone. */
function pathOf(folder: ScratchFolder, names: readonly string[]): string {
  folder.write('bin/.keep', '')
  for (const name of names) symlinkSync(join('/usr/bin', name), folder.at('bin', name))
  return folder.at('bin')
}

const tools = ['sh', 'mkdir', 'rm', 'grep', 'mktemp', 'flock', 'env']

test('an environment that is complete is left alone, in silence', async () => {
  using folder = scratchFolder()
  folder.write(`cache/timmy/engines/hermes-agent-${version}/.complete`, '')
  const { exitCode, stdout, stderr } = await setUp(folder, { PATH: pathOf(folder, tools) })
  assert.deepEqual([exitCode, stdout, stderr], [0, '', ''])
})

test('an environment whose engine answers is taken as it is', async () => {
  using folder = scratchFolder()
  const environment = `cache/timmy/engines/hermes-agent-${version}`
  folder.write(`${environment}/bin/hermes`, `#!/bin/sh\necho 'Hermes Agent v${version} (x)'\n`, 0o755)
  folder.write('bin/python3', '#!/bin/sh\nexit 0\n', 0o755)
  const { exitCode, stderr } = await setUp(folder, { PATH: pathOf(folder, tools) })
  assert.deepEqual([exitCode, stderr], [0, `engines: hermes-agent ${version} is ready.\n`])
  assert.ok(existsSync(folder.at(environment, '.complete')))
})

test('without a Python that will do it says so and ends well', async () => {
  using folder = scratchFolder()
  folder.write('bin/python3.12', '#!/bin/sh\nexit 127\n', 0o755) // a version manager's stand-in
  const { exitCode, stderr } = await setUp(folder, { PATH: pathOf(folder, tools) })
  assert.equal(exitCode, 0)
  assert.match(stderr, /^engines: no Python 3\.11 to 3\.13 with venv runs here; .* will be skipped\.\n$/)
})

test('a package that cannot be fetched is told, is not marked, and is tried again the next time', async () => {
  using folder = scratchFolder()
  // A Python whose environments have a pip that reaches nobody.
  const pip = 'mkdir -p "$3/bin"; printf "#!/bin/sh\\nexit 1\\n" >"$3/bin/pip"; chmod +x "$3/bin/pip"'
  folder.write('bin/python3', `#!/bin/sh\ncase "$1" in -m) ${pip};; esac\n`, 0o755)
  const env = { PATH: pathOf(folder, [...tools, 'chmod']) }
  for (let attempt = 0; attempt < 2; attempt++) {
    const { exitCode, stderr } = await setUp(folder, env)
    assert.equal(exitCode, 0)
    assert.match(stderr, /could not be installed; its tests will be skipped\. Try again with: bin\/engines\n$/)
    assert.equal(existsSync(folder.at(`cache/timmy/engines/hermes-agent-${version}/.complete`)), false)
  }
})
