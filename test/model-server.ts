// The scripted model server of the engine fixtures as a child process: what it was sent can be looked at.

import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { join } from 'node:path'
import { z } from 'zod'
import { fixtures } from './engine.ts'

const modelRequest = z.object({
  model: z.string(),
  /** `Bearer <n chars>`: the server keeps no key. */
  authorization: z.string().nullable(),
  body: z.object({ messages: z.array(z.object({ role: z.string(), content: z.unknown() })).default([]) }),
})
export type ModelRequest = z.infer<typeof modelRequest>

export interface ModelServer {
  /** With `/v1`. */
  readonly url: string
  requests(): Promise<ModelRequest[]>
  [Symbol.asyncDispose](): Promise<void>
}

/** Starts a server on a port of its own. With `key` it refuses every other one. */
export async function startModelServer({ key }: { key?: string } = {}): Promise<ModelServer> {
  const program = join(fixtures, 'fake-model-server.mjs')
  const child = spawn(process.execPath, [program, ...(key === undefined ? [] : ['--key', key])], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const ended = new Promise((resolve) => child.once('exit', resolve))
  const [line] = await Array.fromAsync(take(createInterface(child.stdout), 1))
  const { port, url } = z.object({ port: z.number(), url: z.string() }).parse(JSON.parse(line ?? '{}'))
  return {
    url,
    async requests() {
      const response = await fetch(`http://127.0.0.1:${port}/__requests`)
      return z.array(modelRequest).parse(await response.json())
    },
    async [Symbol.asyncDispose]() {
      child.kill()
      await ended
    },
  }
}

async function* take<T>(items: AsyncIterable<T>, count: number): AsyncGenerator<T> {
  let taken = 0
  for await (const item of items) {
    yield item
    if (++taken === count) return
  }
}
