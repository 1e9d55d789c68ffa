#!/bin/bash
# Stands before git on the PATH: notes each call, and fails the one whose number is FAKE_GIT_AT, as FAKE_GIT_HOW says.
printf '%s\n' "${*//$'\n'/ }" >> "$FAKE_GIT_LOG"
if [ "$(wc -l < "$FAKE_GIT_LOG")" = "$FAKE_GIT_AT" ]; then
    case $FAKE_GIT_HOW in
        killed) kill -KILL $$ ;;
        "killed inside") exit 137 ;;
        128) echo "fatal: injected" >&2; exit 128 ;;
        1) echo "error: injected" >&2; exit 1 ;;
        "silent 1") exit 1 ;;
        nothing) exit 0 ;;
        empty) "$FAKE_GIT_REAL" "$@" > "$FAKE_GIT_LOG.out"; exit ;;
        "killed late") "$FAKE_GIT_REAL" "$@"; kill -TERM $$ ;;
        cut | "cut by one")
            "$FAKE_GIT_REAL" "$@" > "$FAKE_GIT_LOG.out"
            code=$?
            size=$(stat -c %s "$FAKE_GIT_LOG.out")
            [ "$FAKE_GIT_HOW" = cut ] && size=$((size / 2)) || size=$((size - (size > 0)))
            head -c "$size" "$FAKE_GIT_LOG.out"
            exit $code ;;
    esac
fi
exec "$FAKE_GIT_REAL" "$@"
