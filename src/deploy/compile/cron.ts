// Cron jobs: cron/*.yaml as records of <home>/cron/jobs.json, pinned to the first slot of a role.
//
// Only fields that define the job are named, with null where the sidecar wants nothing there; what the engine counts
// and remembers (next_run_at, last_*, state, repeat.completed, snapshots) never appears, so it is never compared or
// written. `enabled` is named only where the file names it: a job that is paused in the engine stays paused.

import { homedir } from 'node:os'
import { join } from 'node:path'
import { digestOf, type JsonMapping } from '../../core/index.ts'
import type { CronJob, Finding, Overlay, Sourced } from '../../config/index.ts'
import { recordDraft, type Compiled, type Draft } from './draft.ts'
import { providerDrafts, routesOf, type Route } from './route.ts'
import { compileRules, problem } from './rules.ts'
import { scheduleOf, type Schedule, type ScheduleFault } from './schedule.ts'

const jobsFile = 'cron/jobs.json'

/** As the engine makes them: twelve hex digits. */
const idLength = 12

export function compileCronJobs(overlay: Overlay): Compiled {
  const drafts: Draft[] = []
  const findings: Finding[] = []
  const routes: Route[] = []
  for (const job of overlay.cronJobs) {
    const schedule = scheduleOf(job.value.schedule)
    const faults = faultsOf(job, schedule)
    findings.push(...faults)
    if (faults.length > 0 || typeof schedule === 'string') continue
    const route = pinOf(job.value, overlay)
    if (route) routes.push(route)
    const { id = jobId(overlay.name, job.value.name), name } = job.value
    drafts.push(recordDraft(jobsFile, { id, name }, definitionOf(job.value, schedule, route), job.source))
  }
  const providers = overlay.portfolios ? providerDrafts(routes, overlay.portfolios) : []
  return { drafts: [...providers, ...drafts], findings }
}

/** The id of a job that names none: the same for the same sidecar and name. */
export function jobId(sidecar: string, job: string): string {
  return digestOf(`${sidecar}/${job}`).slice(0, idLength)
}

/** Where a job of a role, or of the default role for jobs, is run; undefined: it pins itself, inherits, or asks no model. */
function pinOf(job: CronJob, { portfolios }: Overlay): Route | undefined {
  const isPinned = job.no_agent === true || job.model !== undefined || job.provider !== undefined
  const role =
    isPinned || job.inherit_model === true ? undefined : (job.portfolio ?? portfolios?.value.auxiliary?.['cron'])
  return role === undefined || !portfolios ? undefined : routesOf(portfolios, role)[0]
}

function definitionOf(job: CronJob, schedule: Schedule, route: Route | undefined): JsonMapping {
  const skills = job.skills ?? []
  return {
    name: job.name,
    prompt: job.prompt?.trim() ?? '',
    schedule,
    schedule_display: schedule.display,
    skills,
    skill: skills[0] ?? null,
    model: route?.model ?? job.model ?? null,
    provider: route?.provider ?? job.provider ?? null,
    base_url: route?.baseUrl ?? job.base_url?.replace(/\/+$/, '') ?? null,
    script: job.script?.replace(/^scripts\//, '') ?? null,
    no_agent: job.no_agent ?? false,
    deliver: job.deliver ?? 'local',
    enabled_toolsets: job.toolsets ?? null,
    workdir: job.workdir === undefined ? null : absoluteWorkdir(job.workdir),
    ...(job.enabled !== undefined && { enabled: job.enabled }),
    ...(job.repeat !== undefined && { repeat: { times: job.repeat } }),
  }
}

function faultsOf({ value, sourceOf }: Sourced<CronJob>, schedule: Schedule | ScheduleFault): Finding[] {
  const faults: Finding[] = []
  if (schedule === 'relative') {
    const message = `the schedule "${value.schedule}" names no moment that is the same at every deploy`
    faults.push(problem(compileRules.onceRelative, sourceOf(['schedule']), message))
  }
  if (schedule === 'unread') {
    const message = `the engine cannot read the schedule "${value.schedule}"`
    faults.push(problem(compileRules.scheduleUnread, sourceOf(['schedule']), message))
  }
  if (value.workdir !== undefined && !/^(?:\/|~(?:\/|$))/.test(value.workdir)) {
    const message = `the workdir "${value.workdir}" is not absolute`
    faults.push(problem(compileRules.workdirRelative, sourceOf(['workdir']), message))
  }
  return faults
}

/** The engine expands `~` when a job is made by its own hand, not when it runs one from the file. */
function absoluteWorkdir(workdir: string): string {
  return workdir.startsWith('~') ? join(homedir(), workdir.slice(1)) : workdir
}
