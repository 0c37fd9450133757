import assert from 'node:assert/strict'
import test from 'node:test'
import { configOf, examplePortfolios, wantedOf } from './overlay.ts'

const portfolios = examplePortfolios()

test('the first slot becomes the model, the others the chain, each with its own address and key name', () => {
  const wanted = wantedOf({ portfolios, role: 'judgment' })
  assert.deepEqual(wanted.faults, [])
  assert.equal(wanted.value('config.yaml#model.default'), 'fake-401')
  assert.equal(wanted.value('config.yaml#model.provider'), 'custom:timmy-near')
  assert.equal(wanted.value('config.yaml#model.base_url'), 'http://127.0.0.1:8080/v1')
  assert.equal(wanted.value('config.yaml#model.context_length'), 131072)
  assert.deepEqual(wanted.value('config.yaml#fallback_providers'), [
    {
      provider: 'custom:timmy-far',
      model: 'big.v1:70b',
      base_url: 'http://far.example.invalid:11434/v1',
      key_env: 'FAR_KEY',
      context_length: 65536,
    },
    {
      provider: 'custom:timmy-paid',
      model: 'big-large',
      base_url: 'https://paid.example.invalid/v1',
      key_env: 'PAID_KEY',
    },
  ])
})

test('every provider that a route names is there, with address, key name and what its models hold', () => {
  const config = JSON.parse(configOf(wantedOf({ portfolios, role: 'judgment' }))) as {
    model: { provider: string }
    providers: Record<string, object>
    fallback_providers: { provider: string }[]
    auxiliary: Record<string, { provider: string; fallback_chain: { provider: string }[] }>
    delegation: { provider: string }
  }
  const sides = Object.values(config.auxiliary)
  const named = [
    config.model,
    ...config.fallback_providers,
    ...sides,
    ...sides.flatMap((side) => side.fallback_chain),
    config.delegation,
  ]
  for (const { provider } of named) assert.ok(config.providers[provider.replace(/^custom:/, '')], provider)
  assert.deepEqual(config.providers['timmy-far'], {
    base_url: 'http://far.example.invalid:11434/v1',
    key_env: 'FAR_KEY',
    models: { 'big.v1:70b': { context_length: 65536 } },
  })
})

test('a role of one slot has an empty chain, so that an older chain of the home does not stay behind it', () => {
  assert.deepEqual(wantedOf({ portfolios, role: 'lone' }).value('config.yaml#fallback_providers'), [])
})

test("side tasks get their own route and chain under the engine's names for them", () => {
  const wanted = wantedOf({ portfolios, role: 'judgment' })
  for (const task of ['compression', 'title_generation', 'kanban_decomposer', 'triage_specifier']) {
    assert.equal(wanted.value(`config.yaml#auxiliary.${task}.provider`), 'custom:timmy-far')
    assert.equal(wanted.value(`config.yaml#auxiliary.${task}.key_env`), 'FAR_KEY')
    assert.deepEqual(wanted.value(`config.yaml#auxiliary.${task}.fallback_chain`), [
      {
        provider: 'custom:timmy-near',
        model: 'fake-401',
        base_url: 'http://127.0.0.1:8080/v1',
        key_env: 'NEAR_KEY',
        context_length: 131072,
      },
    ])
  }
  assert.ok(!wanted.names().some((name) => name.startsWith('config.yaml#auxiliary.cron')))
})

test("delegation names a provider and no address, for with one the engine sends it the parent's key", () => {
  const wanted = wantedOf({ portfolios, role: 'judgment' })
  assert.equal(wanted.value('config.yaml#delegation.provider'), 'custom:timmy-far')
  assert.equal(wanted.value('config.yaml#delegation.base_url'), '')
})

test('a target whose agent has no role gets no model from the portfolios', () => {
  assert.deepEqual(wantedOf({ portfolios }).names(), [])
})

test('each compiled key says from which line of the portfolios it came', () => {
  const wanted = wantedOf({ portfolios, role: 'judgment' })
  const model = wanted.entry('config.yaml#model.default').source
  const chain = wanted.entry('config.yaml#fallback_providers').source
  assert.equal(model.file, 'fallback-portfolios.yaml')
  assert.notEqual(model.line, chain.line)
})

test('a key of config.yaml that a portfolio compiles too is an error that names both places', () => {
  const both = wantedOf({ portfolios, role: 'judgment', config: { 'agent.max_turns': 3, 'model.default': 'other' } })
  assert.deepEqual(both.faults.slice(0, 1), ['compile-key-two-sources config.yaml:2'])
  assert.match(both.messages[0] ?? '', /^model\.default is set here and compiled .* fallback-portfolios\.yaml:\d+$/)
  for (const key of [
    'model.api_key',
    'fallback_providers',
    'fallback_model',
    'auxiliary.compression.api_key',
    'delegation.api_key',
    'providers.timmy-far.api_mode',
  ]) {
    assert.ok(
      wantedOf({ portfolios, role: 'judgment', config: { [key]: 'x' } }).faults.includes(
        'compile-key-two-sources config.yaml:1',
      ),
      key,
    )
  }
})

test('settings beside the routes stay with config.yaml', () => {
  const config = {
    'delegation.max_iterations': 3,
    'auxiliary.compression.timeout': 9,
    'auxiliary.vision.provider': 'openrouter',
    'providers.mine.base_url': 'http://127.0.0.1:9/v1',
  }
  assert.deepEqual(wantedOf({ portfolios, role: 'judgment', config }).faults, [])
  assert.deepEqual(wantedOf({ config: { 'model.default': 'x' } }).faults, [])
})

test('a default gives way to the portfolio without a word', () => {
  const wanted = wantedOf({ portfolios, role: 'lone', defaults: { 'model.default': 'x' } })
  assert.deepEqual([wanted.faults, wanted.value('config.yaml#model.default')], [[], 'big-large'])
})

test('a slot that repeats the server and model before it is an error, for the engine skips it', () => {
  const slots = [{ model: 'big' }, { model: 'big' }]
  const twice = { ...portfolios, auxiliary: {}, portfolios: { judgment: { purpose: 'x', slots } } }
  assert.match(wantedOf({ portfolios: twice, role: 'judgment' }).faults.join(), /^compile-slot-twice/)
})
