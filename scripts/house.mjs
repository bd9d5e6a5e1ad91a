// Checks of the house that no compiler makes: paths named in the documents exist, lockfiles name no registry host,
// and every translation has the same keys.
import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'

const problems = []
const files = execFileSync('git', ['ls-files']).toString().trim().split('\n')

for (const doc of files.filter((f) => f.endsWith('.md'))) {
  for (const [, path] of readFileSync(doc, 'utf8').matchAll(/`((?:crates|web|docs|scripts|forms|packs|fixtures)\/[\w./-]+)`/g)) {
    if (/(^|\/)(dist|engine|node_modules)\b/.test(path) || path.endsWith('.qpack')) continue
    if (!existsSync(path)) problems.push(`${doc}: \`${path}\` does not exist`)
  }
}

for (const lock of files.filter((f) => f.endsWith('package-lock.json'))) {
  if (readFileSync(lock, 'utf8').includes('"resolved": "http')) {
    problems.push(`${lock}: names a registry host; set omit-lockfile-registry-resolved in .npmrc`)
  }
}

const keys = (value, path = '') =>
  typeof value === 'object' && value !== null
    ? Object.entries(value).flatMap(([key, inner]) => keys(inner, `${path}.${key}`))
    : [path]
for (const english of files.filter((f) => /i18n\/en\.json$/.test(f))) {
  const folder = english.replace('en.json', '')
  for (const other of files.filter((f) => f.startsWith(folder) && f.endsWith('.json') && f !== english)) agree(english, other)
}

function agree(english, other) {
  // Languages have different plural forms (CLDR categories); what must agree is the text they are forms of.
  const text = (key) => key.replace(/\.(zero|one|two|few|many|other)$/, '')
  const [en, translated] = [english, other].map((f) => new Set(keys(JSON.parse(readFileSync(f, 'utf8'))).map(text)))
  for (const key of en) if (!translated.has(key)) problems.push(`${other}: lacks ${key}`)
  for (const key of translated) if (!en.has(key)) problems.push(`${english}: lacks ${key}`)
}

problems.forEach((problem) => console.error(problem))
if (problems.length) process.exit(1)
console.log(`house: ${files.length} files in order`)
