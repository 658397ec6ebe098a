#!/bin/sh
# Waits until its input ends, then ends the temporary PostgreSQL server in a folder and removes the folder:
# scripts/end-postgres.sh FOLDER, with the server's data in FOLDER/data.
#
# The program that starts such a server holds the other end of the input open. So nothing is left behind however that process
# ends, by a panic or by kill -9 too. Only the server that was started with this very folder is touched.
set -u

cat >/dev/null
folder=$1
pid_file=$folder/data/postmaster.pid
pid=$(head -n 1 "$pid_file" 2>/dev/null)

# Whether the process with that id is the server, and no other that has the id by now.
runs() {
    { tr '\0' ' ' <"/proc/$pid/cmdline" || ps -o args= -p "$pid"; } 2>/dev/null | grep -qF -- "$folder/data"
}

children() {
    cat "/proc/$pid/task/$pid/children" 2>/dev/null ||
        ps -A -o ppid= -o pid= | while read -r parent child; do [ "$parent" != "$pid" ] || echo "$child"; done
}

if [ -n "$pid" ] && runs; then
    family="$pid $(children)"
    # Whatever a test has frozen could not follow the order to end. SIGQUIT ends without writing the data home, which
    # nobody wants any more.
    kill -CONT $family 2>/dev/null
    kill -QUIT "$pid" 2>/dev/null
    tries=0
    while runs && [ "$tries" -lt 100 ]; do
        sleep 0.05
        tries=$((tries + 1))
    done
    if runs; then
        kill -KILL $family 2>/dev/null
    fi
fi
# A server that was killed leaves a small piece of shared memory; its number is in the same file.
shared=$(sed -n '7s/^ *[0-9]* *\([0-9][0-9]*\) *$/\1/p' "$pid_file" 2>/dev/null)
if [ -n "$shared" ]; then
    ipcrm -m "$shared" 2>/dev/null
fi
rm -rf -- "$folder" 2>/dev/null || { sleep 1; rm -rf -- "$folder"; }
