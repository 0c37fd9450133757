// docs/errors.md: every code that `timmy.error/1` can hold, from the one table of codes.

import { errorKinds } from '../src/core/index.ts'

export function errorsPage(): string {
  const rows = Object.entries(errorKinds)
    .toSorted(([a, left], [b, right]) => left.exit - right.exit || (a < b ? -1 : 1))
    .map(([code, { exit, when }]) => `| \`${code}\` | ${exit} | ${when.replaceAll('|', '\\|')} |`)
  return `${head}${rows.join('\n')}\n`
}

const head = `# Errors

<!-- Generated from src/core/errors.ts by \`npm run generate\`; change it there. -->

A command that cannot go on says so in one sentence on stderr, with the files it is about and one next step:

    timmy: there is no command \`docter\`, did you mean \`doctor\`?
      next: timmy doctor --help

With \`--json\` the same stands on stdout as one document; \`code\` is stable, \`message\` and \`hint\` are wording:

    {"schema":"timmy.error/1","code":"USAGE","message":"…","hint":"…","where":[{"file":"…","line":3}],"exit":4}

What a command found without failing (changes, drift, findings, conflicts) is no error: it is the command's own
document, with exit code 2 or 3.

| code | exit | when |
| --- | --- | --- |
`
