#!/usr/bin/env bash
# Runs stages of the Makefile one after another, stops at the first that fails, and prints what each took.
#
#     pkg-config/stages.sh MAKE STAGE…        a stage NAME is the target test-NAME
set -u
make=$1
shift
times=()
begun=$SECONDS
for stage in "$@"; do
  printf '\n== %s ==\n' "$stage"
  since=$SECONDS
  "$make" --no-print-directory "test-$stage"
  status=$?
  times+=("$(printf '%-10s %4d s' "$stage" $((SECONDS - since)))")
  if [ "$status" -ne 0 ]; then
    printf '\nmake test: the stage "%s" failed; run it alone with: make test-%s\n' "$stage" "$stage" >&2
    printf '  %s\n' "${times[@]}" >&2
    exit 1
  fi
done
printf '\nmake test: all stages passed in %d s\n' $((SECONDS - begun))
printf '  %s\n' "${times[@]}"
