#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# PostgreSQL in a tmpfs with pgbench: pgbench.sh setup | run SECONDS CLIENTS | work TRANSACTIONS CLIENTS
# Stands for the Cassandra benchmark, which Debian does not package.
set -e
bin=$(ls -d /usr/lib/postgresql/*/bin | tail -1)
data=/tmp/nicetries-pg
as() { setpriv --reuid=postgres --regid=postgres --clear-groups "$@"; }
case $1 in
setup)
	mkdir -p $data && chown postgres $data
	cd /tmp
	as $bin/initdb --no-sync -A trust -D $data/db >/dev/null
	as $bin/pg_ctl -w -D $data/db -o "-c fsync=off -c unix_socket_directories=$data -c listen_addresses=" -l $data/log start >/dev/null
	as $bin/pgbench -q -i -s 4 -h $data postgres >/dev/null 2>&1
	;;
run)
	cd /tmp
	exec setpriv --reuid=postgres --regid=postgres --clear-groups $bin/pgbench -h $data -T "$2" -c "$3" -j 4 postgres
	;;
work)
	cd /tmp
	exec setpriv --reuid=postgres --regid=postgres --clear-groups $bin/pgbench -n -h $data -t "$2" -c "$3" -j 4 postgres
	;;
esac
