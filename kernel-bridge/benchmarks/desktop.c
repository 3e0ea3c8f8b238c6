// SPDX-License-Identifier: GPL-2.0-only
/*
 * The mixed load of a desktop machine, for recording the balancer: desktop SECONDS
 *
 * One thread per CPU that is bound to it and wakes up 50 times a second; two
 * that are bound to pairs of CPUs and busy; a player of high priority; a
 * picture every 16 ms drawn by four threads; a compiler's changing number of
 * short jobs; an indexer at nice 19, a batch job, an idle-priority job; a
 * sender and a receiver that flood the loopback device, so that ksoftirqd gets
 * work; and a reader of /proc/sys/vm/stat_refresh, which queues work on the
 * kworker of every CPU. Work is counted in loops, not in time.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define LOOP 64			/* instructions in a loop of work(), about */

static volatile int done;
static int cpus;

static void work(long kilo)
{
	volatile unsigned int x = 1;

	for (long i = 0; i < kilo * 1000 / LOOP && !done; i++)
		for (int j = 0; j < 10; j++)
			x = x * 1664525 + 1013904223;
}

static void rest(long us)
{
	struct timespec ts = { us / 1000000, us % 1000000 * 1000 };

	nanosleep(&ts, NULL);
}

static void bind_to(int first, int number)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	for (int i = 0; i < number; i++)
		CPU_SET((first + i) % cpus, &set);
	sched_setaffinity(0, sizeof(set), &set);
}

static void be(const char *name, int policy, int nice)
{
	struct sched_param param = { 0 };

	pthread_setname_np(pthread_self(), name);
	sched_setscheduler(0, policy, &param);
	setpriority(PRIO_PROCESS, syscall(SYS_gettid), nice);
}

static void *daemon_of_cpu(void *arg)
{
	long cpu = (long)arg;

	be("daemon", SCHED_OTHER, 0);
	bind_to(cpu, 1);
	for (; !done; rest(20000 + cpu * 700))
		work(60);
	return NULL;
}

static void *pinned(void *arg)
{
	be("pinned", SCHED_OTHER, 0);
	bind_to((long)arg, 2);
	for (; !done; rest(1500))
		work(900);
	return NULL;
}

static void *player(void *arg)
{
	be("player", SCHED_OTHER, -11);
	for (; !done; rest(5000))
		work(100);
	return NULL;
}

static pthread_barrier_t frame;

static void *painter(void *arg)
{
	be("painter", SCHED_OTHER, -2);
	for (;;) {
		pthread_barrier_wait(&frame);
		if (done)
			return NULL;
		work(150 + 50 * (long)arg);
	}
}

static void *compositor(void *arg)
{
	be("compositor", SCHED_OTHER, -4);
	for (; !done; rest(16667)) {
		work(50);
		pthread_barrier_wait(&frame);
	}
	pthread_barrier_wait(&frame);
	return NULL;
}

static void *job(void *arg)
{
	be("cc1", SCHED_OTHER, 0);
	work((long)arg);
	return NULL;
}

/* Up to six jobs at a time, of 0.5 to 8 million instructions. */
static void *compiler(void *arg)
{
	unsigned int seed = 7;

	be("make", SCHED_OTHER, 0);
	while (!done) {
		pthread_t jobs[6];
		int n = 1 + rand_r(&seed) % 6;

		for (int i = 0; i < n; i++)
			pthread_create(&jobs[i], NULL, job, (void *)(500L << rand_r(&seed) % 5));
		for (int i = 0; i < n; i++)
			pthread_join(jobs[i], NULL);
		rest(3000 + rand_r(&seed) % 20000);
	}
	return NULL;
}

static void *background(void *arg)
{
	long which = (long)arg;

	if (which == 0)
		be("indexer", SCHED_OTHER, 19);
	else if (which == 1)
		be("batch", SCHED_BATCH, 5);
	else
		be("idle", SCHED_IDLE, 0);
	for (; !done; rest(2000))
		work(4000);
	return NULL;
}

static struct sockaddr_in here = { .sin_family = AF_INET };
static int receiver_socket;

/* Any free port. */
static int open_receiver(void)
{
	struct timeval second = { .tv_sec = 1 };
	socklen_t length = sizeof(here);

	here.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	receiver_socket = socket(AF_INET, SOCK_DGRAM, 0);
	setsockopt(receiver_socket, SOL_SOCKET, SO_RCVTIMEO, &second, sizeof(second));
	if (bind(receiver_socket, (void *)&here, sizeof(here)))
		return -1;
	return getsockname(receiver_socket, (void *)&here, &length);
}

static void *receiver(void *arg)
{
	char data[1500];

	be("receiver", SCHED_OTHER, 0);
	while (!done)
		recv(receiver_socket, data, sizeof(data), 0); /* a time-out only looks whether it is done */
	return NULL;
}

static void *sender(void *arg)
{
	char data[1200] = { 0 };
	int fd = socket(AF_INET, SOCK_DGRAM, 0);

	be("sender", SCHED_OTHER, 0);
	for (; !done; rest(4000))
		for (int i = 0; i < 64 && !done; i++)
			sendto(fd, data, sizeof(data), 0, (void *)&here, sizeof(here));
	return NULL;
}

static void *refresher(void *arg)
{
	char text[4096];
	ssize_t got;

	be("vmstat", SCHED_OTHER, 0);
	for (; !done; rest(10000)) {
		int fd = open("/proc/sys/vm/stat_refresh", O_RDONLY);

		if (fd < 0)
			return NULL;
		do
			got = read(fd, text, sizeof(text));
		while (got > 0);
		close(fd);
	}
	return NULL;
}

static void start(void *(*what)(void *), long arg)
{
	pthread_t thread;

	if (pthread_create(&thread, NULL, what, (void *)arg)) {
		perror("desktop: pthread_create");
		exit(1);
	}
	pthread_detach(thread);
}

int main(int argc, char **argv)
{
	if (argc != 2 || atoi(argv[1]) < 1) {
		fprintf(stderr, "usage: desktop SECONDS\n");
		return 2;
	}
	cpus = sysconf(_SC_NPROCESSORS_ONLN);
	pthread_barrier_init(&frame, NULL, 5);
	if (open_receiver()) {
		perror("desktop: socket");
		return 1;
	}
	for (long cpu = 0; cpu < cpus; cpu++)
		start(daemon_of_cpu, cpu);
	start(pinned, 0);
	start(pinned, 1);
	start(pinned, 4);
	start(player, 0);
	for (long i = 0; i < 4; i++)
		start(painter, i);
	start(compositor, 0);
	start(compiler, 0);
	for (long i = 0; i < 3; i++)
		start(background, i);
	start(receiver, 0);
	start(sender, 0);
	start(refresher, 0);
	sleep(atoi(argv[1]));
	done = 1;
	return 0;
}
