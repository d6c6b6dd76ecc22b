# The table at the end of tests/run.sh, from PROFILE.log, what cargo test wrote, and PROFILE.skipped, what tests/src/needs.rs noted.

function base(path) { sub(/.*\//, "", path); sub(/\.[a-z]+$/, "", path); return path }

# A test program, or the tests of a crate's documentation, has come to its end or not.
function close_program() {
    if (program != "" && !has_result) fail(program, "ended before its tests did")
    program = ""
    broken = 0
}

function fail(name, why) {
    failed[profile]++
    failures[++failure_count] = sprintf("%s (%s)%s", name, profile, why == "" ? "" : ": " why)
}

FNR == 1 {
    if (seen_logs) close_program()
    profile = base(FILENAME)
    is_log = FILENAME ~ /\.log$/
    seen_logs = is_log
    if (is_log) profiles[++profile_count] = profile
}

is_log && /^     Running / {
    close_program()
    has_result = 0
    # Running tests/aot.rs (target/...), Running unittests src/lib.rs (target/...)
    program = $0
    sub(/^ *Running /, "", program)
    folder = program
    sub(/ \(.*/, "", program)
    sub(/.*\(.*\//, "", folder)
    sub(/-[0-9a-f]+\)$/, "", folder)
    if (program ~ /^unittests/) program = folder " (unit tests)"
}
is_log && /^   Doc-tests / { close_program(); has_result = 0; program = $2 " (documentation)" }
is_log && /^test .* \.\.\. FAILED/ { fail(full($0)); known[program]++ }
is_log && /^test .* \.\.\. ignored/ { ignored[full($0), profile] = 1; ignored_lines[full($0)] = $0 }
is_log && /^test .* \.\.\. ok/ { ran[full($0)] = 1 }
is_log && /^test result: / {
    has_result = 1
    for (i = 1; i < NF; i++) {
        if ($(i + 1) ~ /^passed/) passed[profile] += $i
        # A failure whose line could not be read, because the test wrote into it.
        if ($(i + 1) ~ /^failed/) for (known_here = known[program] + 0; known_here < $i; known_here++) fail(program)
    }
    known[program] = 0
    close_program()
}
is_log && /^vbc-run: exit code / {
    close_program()
    if ($NF != 0 && !failed[profile]) fail("cargo", "exit code " $NF)
}

# The name of a test with that of its program.
function full(line) { sub(/^test /, "", line); sub(/ \.\.\. .*/, "", line); return program ": " line }

# kind, file, test, part, why
!is_log && !(($0, profile) in noted) {
    noted[$0, profile] = 1
    split($0, field, "\t")
    what = field[2] (field[3] == "" ? "" : ": " field[3]) (field[4] == "" ? "" : ", " field[4])
    skip(what, field[5])
    # libtest knows only that such a test has passed.
    if (field[1] == "whole") passed[profile]--
}

function skip(what, why) {
    skipped[profile]++
    if (!((what, why) in skipped_in)) { order[++skip_count] = what; reason[skip_count] = why }
    skipped_in[what, why] = skipped_in[what, why] (skipped_in[what, why] == "" ? "" : ", ") profile
}

END {
    # What is left to the other profile is not skipped.
    for (name in ignored_lines) if (!(name in ran)) {
        why = ignored_lines[name]
        sub(/.* \.\.\. ignored,? ?/, "", why)
        for (i = 1; i <= profile_count; i++) if ((name, profiles[i]) in ignored) {
            profile = profiles[i]
            skip(name, why == "" ? "ignored" : why)
        }
    }
    print ""
    printf "%-10s %8s %8s %8s\n", "profile", "passed", "failed", "skipped"
    for (i = 1; i <= profile_count; i++) {
        profile = profiles[i]
        printf "%-10s %8d %8d %8d\n", profile, passed[profile], failed[profile], skipped[profile]
        all_passed += passed[profile]; all_failed += failed[profile]; all_skipped += skipped[profile]
    }
    if (failure_count) print "\nfailed:"
    for (i = 1; i <= failure_count; i++) print "  " failures[i]
    if (skip_count) print "\nskipped:"
    for (i = 1; i <= skip_count; i++) printf "  %s (%s): %s\n", order[i], skipped_in[order[i], reason[i]], reason[i]
    if (skip_count) print "\ntests/setup.sh installs what is missing (on Debian, with the clients of its package registries)"
    if (all == "1" && all_skipped) print "\nVBC_ALL=1 asks for everything: skipped tests are failures"
    print ""
    printf "%d passed, %d failed, %d skipped\n", all_passed, all_failed, all_skipped
    exit all_failed > 0 || (all == "1" && all_skipped > 0)
}
