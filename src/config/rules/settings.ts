// Rules about the form of settings files: they can be read, and they say only what their schema knows.
//
// The checks themselves are in lint-file.ts (reading) and schema-hits.ts (schemas), which load the libraries.

import type { Rule } from '../rule.ts'

export const unreadableSettings: Rule = {
  id: 'settings-unreadable',
  severity: 'error',
  explains:
    'Settings are read as the engine reads them: YAML 1.1 (or strict JSON), UTF-8, one document, at most 1 MiB, 64 levels, no alias bombs.',
  example: 'model: {default: local',
  mend: 'mend the text at that line',
}

export const duplicateKey: Rule = {
  id: 'settings-duplicate-key',
  severity: 'error',
  explains: 'A key that is there twice: the engine silently takes the last one.',
  example: 'model: {default: a, default: b}',
  mend: 'remove one of the two',
}

export const schemaBroken: Rule = {
  id: 'settings-schema',
  severity: 'error',
  explains: 'Each settings file has a strict schema, published in schemas/: unknown keys and wrong types are refused.',
  example: 'targts: {}',
  mend: 'write what schemas/ describes for this key',
}

export const fileTooLarge: Rule = {
  id: 'file-too-large',
  severity: 'error',
  explains:
    'A file is read whole to be judged and deployed: 64 MiB at the most, 1 MiB for settings and texts that are parsed.',
  example: 'a model file under skills/',
  mend: 'keep it outside the sidecar',
}
