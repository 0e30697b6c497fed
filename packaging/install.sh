#!/usr/bin/env bash
# Puts the program of this package onto a machine without a network, replaces an older one, or steps back to it.
#
#   install.sh [--root FOLDER] [install]     first installation, or an upgrade
#   install.sh [--root FOLDER] back          back to the version before
#   install.sh [--root FOLDER] list          what is installed
#
#   /opt/minyi/releases/VERSION/             one folder a version; `current` and `previous` point to two of them
#   /etc/minyi/minyi.toml                    made at the first installation, never touched again
#   /var/lib/minyi, /var/backups/minyi       data; backups taken before every change of version
#
# --root puts all of it below FOLDER and leaves users and services alone. A backup is sealed when MINYI_BACKUP_PASSPHRASE is
# set, as with `minyi backup`. 离线安装、升级、回退。
set -euo pipefail
umask 022

say() { printf '%s\n' "$*"; }
stop() { printf '未完成：%s\n' "$*" >&2; exit 1; }

root=""
act=install
while (($# > 0)); do
  case $1 in
    --root) [[ -n ${2:-} ]] || stop "--root 后面要写目录"; mkdir -p "$2"; root=$(cd "$2" && pwd); shift 2 ;;
    install | back | list) act=$1; shift ;;
    *) stop "不认识的参数“$1”。用法：install.sh [--root 目录] [install|back|list]" ;;
  esac
done
[[ -n $root || $(id -u) == 0 ]] || stop "请用 root 运行，或以 --root 目录 装到别处"

here=$(cd "$(dirname "$0")" && pwd)
home=$root/opt/minyi
config=$root/etc/minyi/minyi.toml
data=$root/var/lib/minyi
backups=$root/var/backups/minyi

# One at a time: two installations must not change the same links.
mkdir -p "$home/releases"
exec 9>"$home/.lock"
flock -n 9 || stop "另一个安装正在进行（$home/.lock）"

named() { if [[ -L $home/$1 ]]; then basename "$(readlink "$home/$1")"; fi; }
# A value that the package names: version, machine, commit.
value() { sed -n "s/^$2=//p" "$1/RELEASE"; }
point() { ln -sfn "releases/$2" "$home/.$1.new" && mv -T "$home/.$1.new" "$home/$1"; }

has_service() { [[ -z $root ]] && command -v systemctl >/dev/null && [[ -f /etc/systemd/system/minyi.service ]]; }

# Processes that run a program of this installation; their numbers. Ours (backup) have ended by then.
running() {
  local exe path
  for exe in /proc/[0-9]*/exe; do
    path=$(readlink "$exe" 2>/dev/null) || continue
    [[ $path != "$home/releases/"* ]] || basename "$(dirname "$exe")"
  done
}

stopped_for_change() {
  if has_service && systemctl is-active -q minyi; then
    was_active=1
    say "停止服务 minyi"
    systemctl stop minyi
  fi
  local numbers
  numbers=$(running | tr '\n' ' ')
  [[ -z $numbers ]] || stop "程序仍在运行（进程 $numbers）。请先停止（kill -TERM，等它收尾），再重新执行"
}

# Whatever stopped the change, the version that is pointed to serves again.
was_active=0
again() { if ((was_active)); then say "启动服务 minyi"; systemctl start minyi; fi; }
trap again EXIT

on_postgres() {
  [[ ${MINYI_STORE__KIND:-} == postgres ]] && return 0
  [[ -f $config ]] && sed -n '/^\[store\]/,/^\[/p' "$config" | grep -qE '^[[:space:]]*kind[[:space:]]*=[[:space:]]*"postgres"'
}

# A backup by the version that knows the data as they are now.
saved() {
  [[ -n $(ls -A "$data" 2>/dev/null) ]] || { say "数据目录为空，不需要备份"; return; }
  if on_postgres && [[ ${MINYI_DATABASE_SAVED:-} != yes ]]; then
    stop "数据在 PostgreSQL 中，本程序不能代为备份。请先用 pg_dump 备份数据库，再以 MINYI_DATABASE_SAVED=yes 重新执行"
  fi
  mkdir -p "$backups"
  chmod 700 "$backups"
  say "备份到 $backups"
  "$home/current/minyi" --config "$config" --data "$data" backup --to "$backups" || stop "备份失败，版本没有改动"
  "$home/current/minyi" --config "$config" --data "$data" backup --to "$backups" --check || stop "备份核对不符，版本没有改动"
  # What root's backup may have made beside the database must not keep the service from it.
  [[ -n $root ]] || chown -R --from=root minyi: "$data"
}

checked_package() {
  [[ -f $here/RELEASE && -f $here/SHA256SUMS ]] || stop "安装包不完整：缺 RELEASE 或 SHA256SUMS，请重新解开"
  (cd "$here" && sha256sum --quiet --strict -c SHA256SUMS) >&2 || stop "安装包有文件损坏或被改动，请重新拷贝"
  local machine
  machine=$(value "$here" machine)
  [[ $machine == "$(uname -m)" ]] || stop "安装包用于 $machine，本机是 $(uname -m)"
  "$here/minyi" --version >/dev/null || stop "程序在本机不能运行（系统过旧，或缺少系统库）"
}

# Schema steps of $1 that $2 does not know.
unknown_to() { comm -23 <(sort "$home/releases/$1/SCHEMA") <(sort "$2"); }

install_() {
  checked_package
  local version current
  version=$(value "$here" version)
  current=$(named current)
  if [[ $version == "$current" ]]; then say "已是 $version，没有改动"; return; fi
  if [[ -n $current ]]; then
    local lost
    lost=$(unknown_to "$current" "$here/SCHEMA")
    [[ -z $lost ]] || stop "现有版本 $current 的数据库更新（多出：$(tr '\n' ' ' <<<"$lost")），装 $version 会无法打开。请换用更新的安装包"
  fi
  # A folder is there as a whole or not at all.
  if [[ ! -d $home/releases/$version ]]; then
    rm -rf "$home/releases/.new"
    mkdir "$home/releases/.new"
    cp "$here/minyi" "$here/RELEASE" "$here/SCHEMA" "$home/releases/.new/"
    sync -f "$home/releases/.new"
    mv "$home/releases/.new" "$home/releases/$version"
  fi
  prepared
  if [[ -n $current ]]; then
    stopped_for_change
    saved
    point previous "$current"
  fi
  point current "$version"
  sync -f "$home"
  if [[ -n $current ]]; then say "已从 $current 升级到 $version；退回用 install.sh back"; else first_words "$version"; fi
}

# Folders, configuration, user and service of a first installation; nothing that is there is changed.
prepared() {
  mkdir -p "$(dirname "$config")" "$data" "$root/usr/local/bin"
  if [[ ! -e $config ]]; then
    printf '# 本单位的配置：只写要改动的项，全部项目见安装包 config/default.toml\n[data]\ndir = "%s"\n' "$data" >"$config"
  fi
  ln -sfn "$home/current/minyi" "$root/usr/local/bin/minyi"
  [[ -z $root ]] || return 0
  id minyi >/dev/null 2>&1 || useradd --system --home-dir "$data" --shell /usr/sbin/nologin minyi
  [[ $(stat -c %U "$data") == minyi ]] || chown -R minyi: "$data"
  if [[ -f $here/minyi.service && ! -e /etc/systemd/system/minyi.service ]] && command -v systemctl >/dev/null; then
    cp "$here/minyi.service" /etc/systemd/system/minyi.service
    systemctl daemon-reload
  fi
}

first_words() {
  say "已安装 $1"
  if has_service; then say "启动：systemctl enable --now minyi"; else say "启动：$root/usr/local/bin/minyi --config $config serve"; fi
}

back() {
  local current previous lost
  current=$(named current)
  previous=$(named previous)
  [[ -n $current ]] || stop "这里还没有安装"
  # The same twice: a change of version was cut off between the two links.
  [[ -n $previous && $previous != "$current" ]] || stop "没有更早的版本可退；要换版本请用该版本的安装包"
  lost=$(unknown_to "$current" "$home/releases/$previous/SCHEMA")
  if [[ -n $lost ]]; then
    say "升级时数据库已改（$(tr '\n' ' ' <<<"$lost")），$previous 打不开现在的数据，不能直接退回。"
    say "要退回，只能恢复升级前的备份；升级以后收到的来稿和办理记录不在其中："
    say "  1. 停止服务"
    say "  2. $home/releases/$previous/minyi backup --to $backups --list            看升级前那一次的编号"
    say "  3. $home/releases/$previous/minyi restore --from $backups --snapshot 编号 --data $data-restored"
    say "  4. 把配置 $config 的 data.dir 改为 $data-restored，再执行 ln -sfn releases/$previous $home/current"
    say "  5. 启动服务，执行 minyi verify"
    stop "数据库版本不同，没有改动"
  fi
  stopped_for_change
  saved
  point current "$previous"
  point previous "$current"
  sync -f "$home"
  say "已从 $current 退回 $previous"
}

list() {
  local folder name mark
  for folder in "$home"/releases/*/; do
    [[ -d $folder ]] || continue
    name=$(basename "$folder")
    mark=""
    [[ $name != "$(named current)" ]] || mark=" 现用"
    [[ $name != "$(named previous)" ]] || mark=" 上一版"
    say "$name$mark"
  done
}

case $act in
  install) install_ ;;
  back) back ;;
  list) list ;;
esac
