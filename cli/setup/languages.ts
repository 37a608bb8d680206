import { languages } from '../../config/languages.ts'
import { nearest } from '../../config/nearest.ts'
import { detectLanguages, type MissingLanguage } from '../../config/runtimes.ts'

/** The packages that bring what is missing of the languages named, or of all; throws a sentence for a name nobody knows. */
export const packagesFor = (names: readonly string[], missing: readonly MissingLanguage[]): string[] => {
  const wanted = names.map(languageOf)
  const rows = missing.filter(({ language }) => names.length === 0 || wanted.includes(language))
  return [...new Set(rows.flatMap(({ package: packages }) => packages?.split(' ') ?? []))]
}

const languageOf = (name: string): string => {
  const word = name.toLowerCase()
  const found = languages.find(({ id, aliases }) => id === word || aliases.includes(word))
  if (found) return found.id
  const known = languages.map(({ id }) => id)
  const meant = nearest(word, known)
  throw new TypeError(
    `There is no language "${name}"${meant ? `; did you mean ${meant}?` : `, only ${known.join(', ')}.`}`,
  )
}

const main = async (): Promise<void> => {
  try {
    console.log(packagesFor(process.argv.slice(2), (await detectLanguages()).missing).join(' '))
  } catch (error) {
    console.error((error as Error).message)
    process.exitCode = 1
  }
}

if (import.meta.main) await main()
