#!/bin/bash
# Stands before git on the PATH: notes each call, and fails the one whose number is FAKE_GIT_AT, as FAKE_GIT_HOW says.
printf '%s\n' "${*//$'\n'/ }" >> "$FAKE_GIT_LOG"
# Not by wc, which would be two processes more for each call.
mapfile -t calls < "$FAKE_GIT_LOG"
number=${#calls[@]}
answer=${FAKE_GIT_LOG%/*}/answer-$number
# The first bytes of what git answers while it is asked, each passed on at once.
first() { exec dd bs=1 count="$1" status=none < <(exec "$FAKE_GIT_REAL" "${@:2}"); }
if [ "$number" = "$FAKE_GIT_AT" ]; then
    case $FAKE_GIT_HOW in
        killed) kill -KILL $$ ;;
        "killed inside") exit 137 ;;
        128) echo "fatal: injected" >&2; exit 128 ;;
        1) echo "error: injected" >&2; exit 1 ;;
        "silent 1") exit 1 ;;
        nothing) exit 0 ;;
        "killed late") "$FAKE_GIT_REAL" "$@"; kill -TERM $$ ;;
    esac
    if [[ " $* " == *" cat-file "* ]]; then
        # It would not end by itself: what it answered when nothing failed says how much is a part.
        size=$(stat -c %s "$answer")
        case $FAKE_GIT_HOW in
            empty) first 0 "$@" ;;
            cut) first $((size / 2)) "$@" ;;
            "cut by one") first $((size - 1)) "$@" ;;
        esac
    fi
    "$FAKE_GIT_REAL" "$@" > "$answer"
    code=$?
    size=$(stat -c %s "$answer")
    case $FAKE_GIT_HOW in
        cut) head -c $((size / 2)) "$answer" ;;
        "cut by one") head -c $((size - (size > 0))) "$answer" ;;
    esac
    exit $code
fi
if [ "$FAKE_GIT_AT" = 0 ] && [[ " $* " == *" cat-file "* ]]; then
    exec "$FAKE_GIT_REAL" "$@" > >(exec tee "$answer")
fi
exec "$FAKE_GIT_REAL" "$@"
