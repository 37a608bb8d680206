import { BUILD } from '../mixins/executor/profile.ts'

/** The path of the built program, where it is one file. */
export const PROGRAM = `${BUILD}/program`

// What a compiler prints must not depend on who reads it; `{entry}` may end in anything, the others are found by name.
const sources = (...endings: string[]) =>
  `find . '(' ${endings.map((ending) => `-name '*${ending}' -o `).join('')}-samefile "$1" ')' -type f`

/** Compiles every C source of the program, in whatever folder, together with the entry. */
export const C_BUILD = `mkdir -p ${BUILD}
exec ${sources('.c')} -exec {command} -std=gnu17 -O2 -s -I. -pthread -o ${PROGRAM} -Wl,--no-as-needed -lm -x c {} +`

/** As `C_BUILD`, for C++. */
export const CPP_BUILD = `mkdir -p ${BUILD}
exec ${sources('.cpp', '.cc', '.cxx')} -exec {command} -std=gnu++20 -O2 -s -I. -pthread -o ${PROGRAM} -x c++ {} +`

/** Where the compiled standard library of Go shows inside. */
export const GO_CACHE = '/opt/go-cache'

/** Compiles the standard library, once for each version of Go, and lists where inside each package of it will be. */
export const GO_PREPARE = `# {version}
{command} build std &&
{command} list -export -f '{{if .Export}}packagefile {{.ImportPath}}={{.Export}}{{end}}' std > packages.here &&
exec sed 's|={folder}/|=${GO_CACHE}/|' packages.here > packages`

/**
 * Compiles the package in the entry's folder, or its module. Where it is one package that asks for nothing but the
 * standard library, by the compiler and the linker themselves, in half the time; what they refuse `go build` explains.
 */
export const GO_BUILD = `mkdir -p ${BUILD} && cd "$(dirname "$1")" || exit
build() {
  {command} build -ldflags='-s -w' -o ${PROGRAM} "$@" || exit
  [ -x ${PROGRAM} ] && exit
  echo "The package is not main: there is nothing to run." >&2
  exit 1
}
[ ! -f go.mod ] || build .
set -- *.go
directly() {
  case $* in *_test.go*) return 1 ;; esac
  ! grep -qE '^//go:(embed|linkname)|internal/|vendor/|"C"' "$@" || return
  for tools in {home}/pkg/tool/*_*; do
    "$tools/compile" -o /tmp/main.a -p main -complete -pack -importcfg ${GO_CACHE}/packages "$@" &&
    "$tools/link" -s -w -buildid= -importcfg ${GO_CACHE}/packages -o ${PROGRAM} /tmp/main.a && return
  done
}
directly "$@" > /tmp/refused 2>&1 || build "$@"`

/** Compiles the entry; its modules are found from there. */
export const RUST_BUILD = `mkdir -p ${BUILD}
exec {command} --edition 2021 --crate-name program -C opt-level=2 -C strip=symbols -o ${PROGRAM} "$1"`

// The class to start: of those at the top of the entry that have a main, the one named as the file, else the first.
const MAIN_CLASS = `$_ = <STDIN>;
s{"(?:\\\\.|[^"\\\\])*"|'(?:\\\\.|[^'\\\\])+'|/\\*.*?\\*/|//[^\\n]*}{""}gs;
my ($package) = /^\\s*package\\s+([\\w.]+)\\s*;/m;
my ($file) = $ARGV[0] =~ m{([^/.]+)[^/]*$};
my ($depth, $class, @mains) = (0, $file);
while (/([{}])|\\b(?:class|interface|enum|record)\\s+(\\w+)|\\bvoid\\s+main\\s*\\(/g) {
  if ($1) { $depth += $1 eq "{" ? 1 : -1; $class = $file if $depth == 0 }
  elsif ($2) { $class = $2 if $depth == 0 }
  elsif ($depth < 2) { push @mains, $class }
}
my ($main) = ((grep { $_ eq $file } @mains), @mains, $file);
print "-cp\\n${BUILD}\\n", $package ? "$package." : "", "$main\\n";`

/** Compiles every Java source of the program and notes, as arguments of `java`, what is to be started. */
export const JAVA_BUILD = `mkdir -p ${BUILD}
${sources('.java')} -exec {command} -J-XX:+UseSerialGC -J-XX:TieredStopAtLevel=1 -J-XX:-UsePerfData -J-Xmx768m \\
  -proc:none -encoding UTF-8 -d ${BUILD} {} + || exit
exec perl -0777 -e '${MAIN_CLASS.replaceAll("'", `'"'"'`)}' "$1" < "$1" > ${BUILD}/arguments`
