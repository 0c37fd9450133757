// Placeholders: `${NAME}` put back where the engine wrote the value of a variable out.
//
// The engine saves resolved values to config.yaml on some paths (deploy reference, fact 6). A name is known by the
// sidecar's own text, or because the value is that of one secret variable of the home's .env.

import { isMapping, isSecretName, type Json } from '../../core/index.ts'
import { nameOfValue } from '../home-env.ts'

type Variables = ReadonlyMap<string, string>

const reference = /\$\{([A-Za-z_][A-Za-z0-9_]*)\}/g
/** Shorter values are parts of words by accident. */
const minSecretLength = 6

/** The live value with references instead of what they stand for. `template` is what the sidecar says now. */
export function withPlaceholders(live: Json, template: Json | undefined, variables: Variables): Json {
  if (typeof live === 'string') return restored(live, typeof template === 'string' ? template : undefined, variables)
  if (Array.isArray(live)) {
    const templates = Array.isArray(template) ? template : []
    return live.map((item, index) => withPlaceholders(item as Json, templates[index] as Json | undefined, variables))
  }
  if (!isMapping(live)) return live
  const templates = isMapping(template) ? template : {}
  return Object.fromEntries(
    Object.entries(live).map(([key, member]) => [key, withPlaceholders(member, templates[key], variables)]),
  )
}

function restored(live: string, template: string | undefined, variables: Variables): string {
  if (template !== undefined && expanded(template, variables) === live) return template
  const named = [...(template ?? '').matchAll(reference)].map(([, name = '']) => name)
  const secret = [...variables].flatMap(([name, value]) =>
    isSecretName(name) && value.length >= minSecretLength && nameOfValue(variables, value) === name ? [name] : [],
  )
  const byLength = [...new Set([...named, ...secret])]
    .map((name) => ({ name, value: variables.get(name) ?? '' }))
    .filter(({ value }) => value !== '')
    .toSorted((a, b) => b.value.length - a.value.length)
  return byLength.reduce((text, { name, value }) => text.replaceAll(value, () => `\${${name}}`), live)
}

const expanded = (template: string, variables: Variables): string =>
  template.replaceAll(reference, (whole, name: string) => variables.get(name) ?? whole)
