// Rules about cron/*.yaml: jobs that the engine would run on the wrong model, skip, or not run at all.

import { isMapping, type JsonMapping } from '../../core/index.ts'
import { didYouMean } from '../nearest.ts'
import { lineAt } from '../reading.ts'
import type { FileContent, FileRule, Hit, SidecarRule } from '../rule.ts'

interface JobFile {
  readonly job: JsonMapping
  readonly at: (key: string, message: string) => Hit
}

function jobIn({ kind, path, reading }: FileContent): JobFile | undefined {
  if (kind !== 'cron' || reading === undefined || !isMapping(reading.value)) return undefined
  return {
    job: reading.value,
    at: (key, message) => ({ file: path, line: lineAt(reading.lines, [key]) ?? 1, message }),
  }
}

const schedule: FileRule = {
  id: 'cron-schedule',
  severity: 'error',
  explains: 'A schedule that the engine cannot read is skipped at each tick, or makes `cron list` fail.',
  example: 'schedule: every full moon',
  mend: 'write five fields of cron, "every 2h", "30m" (once), or an ISO time',
  async check(file) {
    const text = jobIn(file)?.job['schedule'] ?? triggerSchedule(file)
    if (typeof text !== 'string') return []
    const { scheduleFault } = await import('../schedule.ts')
    const fault = scheduleFault(text)
    const path = file.kind === 'cron' ? ['schedule'] : ['trigger', 'schedule']
    return fault === undefined
      ? []
      : [{ file: file.path, line: lineAt(file.reading?.lines ?? {}, path), message: `the schedule ${fault}` }]
  },
}

function triggerSchedule({ kind, reading }: FileContent): unknown {
  if (kind !== 'playbook' || !isMapping(reading?.value)) return undefined
  const trigger = reading.value['trigger']
  return isMapping(trigger) ? trigger['schedule'] : undefined
}

const work: FileRule = {
  id: 'cron-work',
  severity: 'error',
  explains: 'A job asks the agent (prompt), or runs a script, or both; without an agent it must have a script.',
  example: 'no_agent: true without a script',
  mend: 'give it a prompt or a script',
  *check(file) {
    const { job, at } = jobIn(file) ?? {}
    if (job === undefined || at === undefined) return
    if (job['no_agent'] === true && job['script'] === undefined)
      yield at('no_agent', 'the job runs no agent and has no script')
    else if (job['prompt'] === undefined && job['script'] === undefined)
      yield at('name', 'the job has neither a prompt nor a script')
    if (job['no_agent'] === true && job['prompt'] !== undefined)
      yield at('prompt', 'the job runs no agent, so nobody reads its prompt')
  },
}

const pin: FileRule = {
  id: 'cron-pin',
  severity: 'error',
  explains:
    'A job that pins no model and provider inherits the default, paid or not, and is skipped when that changes. Pin both, or name a portfolio.',
  example: 'a job with a prompt and no portfolio',
  mend: 'write `portfolio: <role>`, or model and provider; `inherit_model: true` where it is meant',
  *check(file) {
    const { job, at } = jobIn(file) ?? {}
    if (job === undefined || at === undefined || job['no_agent'] === true) return
    const [portfolio, model, provider] = [job['portfolio'], job['model'], job['provider']]
    const isMeant = job['inherit_model'] === true && (model === undefined || provider === undefined)
    if (portfolio === undefined && !isMeant && (model === undefined || provider === undefined)) {
      yield at(model === undefined ? 'provider' : 'model', 'the job pins no model and provider')
    }
    if (portfolio !== undefined && (model !== undefined || provider !== undefined)) {
      yield { ...at('portfolio', 'the job has a portfolio and a pin of its own'), mend: 'keep one of the two' }
    }
    if (provider === 'custom' && job['base_url'] === undefined) {
      yield { ...at('provider', 'a custom provider without a base_url'), mend: 'add its base_url' }
    }
  },
}

const gatewayPrompt: FileRule = {
  id: 'cron-gateway-prompt',
  severity: 'warning',
  explains: 'The engine refuses job prompts that name a restart or stop of its gateway.',
  example: 'prompt: Restart the gateway when it hangs.',
  mend: 'leave restarts to `timmy deploy --restart needed`, or to the unit of the gateway',
  *check(file) {
    const { job, at } = jobIn(file) ?? {}
    const prompt = job?.['prompt']
    if (at === undefined || typeof prompt !== 'string') return
    if (/\b(?:re)?(?:start|stop)\w*\b[^.\n]{0,40}\bgateway\b|\bgateway\b[^.\n]{0,20}\b(?:restart|stop)/i.test(prompt)) {
      yield at('prompt', 'the prompt names a restart or stop of the gateway')
    }
  },
}

const scriptMissing: SidecarRule = {
  id: 'cron-script-missing',
  severity: 'error',
  explains: 'The engine accepts a job whose script is missing, and resolves scripts in scripts/ only.',
  example: 'script: report.py without scripts/report.py',
  mend: 'add the file under scripts/, or correct the name',
  *check({ merged }) {
    for (const { cronJobs, files } of merged) {
      const scripts = files.flatMap(({ path }) => (path.startsWith('scripts/') ? [path.slice('scripts/'.length)] : []))
      for (const { value, sourceOf } of cronJobs) {
        if (value.script === undefined || scripts.includes(value.script.replace(/^scripts\//, ''))) continue
        const { file, line } = sourceOf(['script'])
        yield { file, line, message: `there is no script "${value.script}"${didYouMean(value.script, scripts)}` }
      }
    }
  },
}

const twice: SidecarRule = {
  id: 'cron-twice',
  severity: 'error',
  explains: 'Jobs are told apart by id and found by name: both must be unique.',
  example: 'the same id in two files',
  mend: 'give each job its own',
  *check({ merged }) {
    for (const { cronJobs } of merged) {
      for (const key of ['id', 'name'] as const) {
        const seen = new Map<string, string>()
        for (const { value, sourceOf } of cronJobs) {
          const text = value[key]
          if (text === undefined) continue
          const other = seen.get(text)
          const { file, line } = sourceOf([key])
          if (other !== undefined) yield { file, line, message: `${other} has the ${key} "${text}" too` }
          seen.set(text, file)
        }
      }
    }
  },
}

export const cronFileRules: readonly FileRule[] = [schedule, work, pin, gatewayPrompt]
export const cronSidecarRules: readonly SidecarRule[] = [scriptMissing, twice]
