#!/usr/bin/env bash
# Reviews the commit $HEAD of a pull request against the commit $BASE, which is checked out here.
#
# Nothing of $HEAD is checked out or run: toolreg reads git objects. Policy and exceptions are those of $BASE. Fails if
# validate or check fails, or if a guard would refuse the merged commit.
set -euo pipefail
: "${BASE:?the commit of the base branch}" "${HEAD:?the commit of the pull request}"

toolreg() { command "${TOOLREG:-toolreg}" "$@"; }

# The token stands in the environment of git alone, never in .git/config or in a list of processes.
fetch() {
    local credentials
    credentials=$(printf 'x-access-token:%s' "$GH_TOKEN" | base64 -w0)
    GIT_CONFIG_COUNT=1 GIT_CONFIG_KEY_0="http.${GITHUB_SERVER_URL:-https://github.com}/.extraheader" \
        GIT_CONFIG_VALUE_0="AUTHORIZATION: basic $credentials" \
        git fetch --quiet --no-tags --no-recurse-submodules origin "+refs/pull/$NUMBER/head:refs/toolreg/$NUMBER"
}

# Replaces the comment that an earlier run wrote. A comment of a person does not count, whatever marker it has.
comment() {
    local file=$1 marker=$2 place="repos/$GITHUB_REPOSITORY/issues" known
    known=$(gh api "$place/$NUMBER/comments" --paginate --jq \
        ".[] | select(.user.login == \"github-actions[bot]\" and (.body | startswith(\"$marker\"))) | .id" | head -n 1)
    if [ -n "$known" ]; then
        gh api --silent --method PATCH "$place/comments/$known" --field "body=@$file"
    else
        gh api --silent --method POST "$place/$NUMBER/comments" --field "body=@$file"
    fi
}

if [ -n "${NUMBER:-}" ] && ! git cat-file -e "$HEAD^{commit}" 2>/dev/null; then
    fetch
fi

# Other people's commits on the base branch are no part of the pull request.
fork=$(git merge-base "$BASE" "$HEAD")
failed=0
toolreg validate --ref "$HEAD" --policy-from "$BASE" -o github || failed=1
toolreg check --ref "$HEAD" --against "$fork" --policy-from "$BASE" -o github || failed=1
toolreg plan --ref "$HEAD" --against "$BASE" --exit-as-apply -o github || failed=1
if [ "${COMMENT:-false}" = true ]; then
    body=$(mktemp)
    toolreg plan --ref "$HEAD" --against "$BASE" -o markdown >"$body" || true
    comment "$body" "<!-- toolreg:plan -->"
    rm -f "$body"
fi
exit "$failed"
