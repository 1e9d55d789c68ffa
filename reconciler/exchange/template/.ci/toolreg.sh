#!/bin/sh
# For any other CI: checks the registry on a pull request, and applies it on the main branch.
#
#   .ci/toolreg.sh check BASE    on a pull request to the branch or commit BASE; needs no secret
#   .ci/toolreg.sh plan          on a pull request that may read the database of DATABASE_URL
#   .ci/toolreg.sh apply         on the main branch; DATABASE_URL is that of a member of toolreg_reconciler
#
# Needs git with the whole history, and toolreg: pip install toolreg==@VERSION@
set -eu
case "${1:-}" in
check)
    toolreg validate
    toolreg fmt --check
    toolreg check --against "${2:?check needs the branch or commit to compare with}"
    ;;
plan)
    : "${DATABASE_URL:?set it to a database that toolreg may read}"
    toolreg plan
    ;;
apply)
    : "${DATABASE_URL:?set it to the database to apply to}"
    toolreg apply
    ;;
*)
    echo "usage: $0 check BASE | plan | apply" >&2
    exit 64
    ;;
esac
