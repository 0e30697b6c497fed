# The trial of the package, read by .ci/long/package --try: one binary under four names of versions, in a scratch root.
# It wants lay_out, BINARY and work.

root=$work/root
there=$root/opt/minyi
lay_out "$work/one" 1.0
lay_out "$work/two" 2.0
lay_out "$work/three" 3.0 9999_later.sql

ok() { echo "ok: $*"; }
bad() { echo "FAILED: $*" >&2; exit 1; }
run() { "$work/$1/install.sh" --root "$root" "${2:-install}" >"$work/said" 2>&1; }
must() { run "$@" || { cat "$work/said"; bad "install.sh of $*"; }; }
refused() {
  local why=$1
  shift
  if run "$@"; then cat "$work/said"; bad "taken, though: $why"; fi
  grep -q "$why" "$work/said" || { cat "$work/said"; bad "refused, but not for: $why"; }
}
is() { [[ $(basename "$(readlink "$there/current")") == "$1" ]] || bad "current is not $1"; }
serve() {
  "$root/usr/local/bin/minyi" --config "$root/etc/minyi/minyi.toml" serve --listen 127.0.0.1:18799 >"$work/log" 2>&1 &
  server=$!
  for _ in $(seq 300); do
    curl -sf http://127.0.0.1:18799/readyz >/dev/null && return
    sleep 0.2
  done
  cat "$work/log"
  kill "$server"
  bad "it does not serve"
}
end() { kill -TERM "$server"; wait "$server" || true; }
counted() { "$root/usr/local/bin/minyi" backup --to "$root/var/backups/minyi" --list --json | grep -o '"id"' | wc -l; }

must one
is 1.0
grep -q "$root/var/lib/minyi" "$root/etc/minyi/minyi.toml" || bad "no configuration"
ok "installed"
must one
grep -q 没有改动 "$work/said" || bad "a second time it changed something"
ok "the same again changes nothing"

refused 没有更早的版本 one back
ok "no way back from a first version"

serve
refused 仍在运行 two
is 1.0
ok "not while it runs"
end

echo "# own" >>"$root/etc/minyi/minyi.toml"
must two
is 2.0
grep -q '# own' "$root/etc/minyi/minyi.toml" || bad "the configuration was overwritten"
[[ $(counted) == 1 ]] || bad "no backup before the upgrade"
ok "upgraded, with a backup, configuration kept"
serve
end
must two back
is 1.0
[[ $(counted) == 2 ]] || bad "no backup before stepping back"
serve
end
ok "stepped back, and it serves"

printf x >>"$work/two/config/default.toml"
refused 损坏或被改动 two
is 1.0
ok "a changed package is refused"

must three
is 3.0
refused 数据库版本不同 three back
grep -q "restore --from $root/var/backups/minyi" "$work/said" || bad "does not say how to restore"
is 3.0
ok "no step back over a schema step; it says how to restore"
lay_out "$work/four" 4.0
refused 数据库更新 four
is 3.0
ok "no older schema over a newer one"

# A folder that holds something else is not a place for backups.
rm -rf "$root/var/backups/minyi"
mkdir "$root/var/backups/minyi"
echo "something else" >"$root/var/backups/minyi/notes.txt"
lay_out "$work/five" 5.0 9999_later.sql
refused 版本没有改动 five
is 3.0
ok "without a backup no upgrade"
