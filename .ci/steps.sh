# What `.ci/run` and `.ci/deep` share: steps with their times, and where things are. Sourced by them.

# Hundreds of tests start a process, and each would compile every module that it imports.
unset PYTHONDONTWRITEBYTECODE

work=$(mktemp -d)
number=0 title="" since=0 times=""
if [ -t 1 ]; then
  heading=$'\e[1;36m' good=$'\e[32m' bad=$'\e[1;31m' plain=$'\e[0m'
else
  heading="" good="" bad="" plain=""
fi

step() {
  passed
  number=$((number + 1)) title=$1 since=$SECONDS
  printf '\n%s== %d. %s%s\n' "$heading" "$number" "$title" "$plain"
}

passed() {
  [ -n "$title" ] || return 0
  printf '%s-- passed in %d s%s\n' "$good" $((SECONDS - since)) "$plain"
  times+=$(printf '%6d s  %d. %s' $((SECONDS - since)) "$number" "$title")$'\n'
  title=""
}

everything_passed() {
  passed
  printf '\n%s%sEverything passed in %d min %d s.%s\n' \
    "$times" "$good" $((SECONDS / 60)) $((SECONDS % 60)) "$plain"
}

finish() {
  local status=$?
  rm -rf "$work"
  [ -z "$title" ] || printf '\n%s-- FAILED: %d. %s%s\n' "$bad" "$number" "$title" "$plain"
  exit "$status"
}
trap finish EXIT

# Runs several commands side by side, each a line, and prints what each says when all have ended.
together() {
  local command status=0 at=0 running=()
  for command in "$@"; do
    bash -euo pipefail -c "$command" >"$work/together-$at" 2>&1 &
    running+=($!)
    at=$((at + 1))
  done
  at=0
  for command in "$@"; do
    wait "${running[$at]}" || { status=1; printf '%sfailed:%s ' "$bad" "$plain"; }
    printf '$ %s\n' "$command"
    cat "$work/together-$at"
    at=$((at + 1))
  done
  return "$status"
}

hatch() { "$root/.venv/bin/hatch" "$@"; }

# Prints the folder of a Python of this version. A shim can exist for a version that it then
# refuses to run, so a candidate counts only when it runs.
python_folder() {
  local candidate
  for candidate in $(type -ap "python$1") "${PYENV_ROOT:-$HOME/.pyenv}/versions/$1".*/bin/"python$1"; do
    "$candidate" -c 'import os, sys; print(os.path.dirname(sys.executable))' 2>/dev/null && return
  done
  return 1
}

# Runs the tests on another Python, if it is here: in an order of this commit's own, which is the
# same for whoever repeats a failure.
test_on() {
  local version=$1 folder
  shift
  if folder=$(python_folder "$version"); then
    printf '\nPython %s\n' "$version"
    PATH="$folder:$PATH" hatch test --python "$version" --randomize --parallel \
      "--randomly-seed=$seed" "$@"
  else
    printf '\nPython %s is not here\n' "$version"
  fi
}

# Builds sidetable-native for another Python, if that is here, and runs what is tested with it.
native_on() {
  local version=$1 folder
  shift
  if folder=$(python_folder "$version"); then
    printf '\nPython %s\n' "$version"
    PATH="$folder:$PATH" hatch run "+python=$version" native:test "$@"
  else
    printf '\nPython %s is not here\n' "$version"
  fi
}

# Builds every wheel and sdist into $work/dist, and lays the tests into $work/apart, without src.
build_wheels() {
  local member
  for member in packages/*/ conformance/; do
    hatch run dist:build --outdir "$work/dist" "$member"
    mkdir -p "$work/apart/$member"
    cp -R "$member/tests" "$member/README.md" "$work/apart/$member"
  done
  hatch run dist:check "$work"/dist/*
  cp pyproject.toml "$work/apart"   # pytest's settings
  python3 -m venv "$work/venv"
  hatch run dist:install --python "$work/venv/bin/python" --group test --group distributed \
    "$work"/dist/sidetable_{source,core,distributed,conformance}-*.whl
}

install_chromium() {
  command -v chromium >/dev/null && return
  local as_root
  as_root=$([ "$(id -u)" = 0 ] || echo sudo)
  $as_root apt-get update --quiet=2
  $as_root apt-get install --quiet=2 --yes --no-install-recommends chromium fonts-dejavu-core
}

root=$PWD
seed=$((16#$(git rev-parse --short=7 HEAD)))
